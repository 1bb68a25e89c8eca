import { language } from "~/text";

/**
 * One decision for the whole app: the text's language says the words of dates, and the browser's
 * own variant of that language says their order, 12 or 24 hours, and where a week begins.
 */
export function localeFor(wanted: string, languages: readonly string[]): string {
    for (const one of languages) {
        try {
            if (new Intl.Locale(one).language === wanted) return one;
        } catch {
            // A browser may be told anything; what is no language is passed over.
        }
    }
    return wanted;
}

export const locale = localeFor(language, navigator.languages);

type Week = { firstDay: number };

/** For browsers that do not say where a week begins; elsewhere it is Monday (CLDR 46). */
const BEGINS: Record<number, string> = {
    6: "AE AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY",
    7:
        "AG AS BD BR BS BT BW BZ CA CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH KR LA MH MM MO " +
        "MT MX MZ NI NP PA PE PH PK PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW",
};

/** The ISO weekday with which a week begins: 1 is Monday, 7 Sunday. */
export function firstWeekday(tag = locale): number {
    const known = new Intl.Locale(tag) as Intl.Locale & {
        getWeekInfo?: () => Week;
        weekInfo?: Week;
    };
    const said = known.getWeekInfo?.() ?? known.weekInfo;
    if (said) return said.firstDay;
    const region = known.maximize().region ?? "";
    const found = Object.entries(BEGINS).find(([, regions]) => regions.split(" ").includes(region));
    return found ? Number(found[0]) : 1;
}

/** Weekdays, 1 is Monday, in the reader's order. */
export function weekdays(first = firstWeekday()): number[] {
    return Array.from({ length: 7 }, (_, index) => ((first - 1 + index) % 7) + 1);
}
