/** Where the clocks of a zone go back, and how the two halves of that hour are told apart. */
const HOUR_MS = 3_600_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** What a zone is ahead of UTC at a moment, in ms. */
function aheadOf(moment: number, zone: string): number {
    let format = formats.get(zone);
    if (!format) {
        format = new Intl.DateTimeFormat("en-US", {
            ...{ year: "numeric", month: "numeric", day: "numeric" },
            ...{ hour: "numeric", minute: "numeric", second: "numeric" },
            ...{ hourCycle: "h23", timeZone: zone },
        });
        formats.set(zone, format);
    }
    const parts = format.formatToParts(moment);
    const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
    const shown = Date.UTC(
        ...[part("year"), part("month") - 1, part("day")],
        ...[part("hour"), part("minute"), part("second")],
    );
    return shown - Math.floor(moment / 1000) * 1000;
}

const known = new Map<string, number[]>();

/** What a zone is ahead of UTC before and after each hour: almost always the same. */
function around(moment: number, zone: string): number[] {
    const hour = Math.floor(moment / HOUR_MS);
    const key = `${zone} ${hour}`;
    let found = known.get(key);
    if (!found) {
        found = [aheadOf((hour - 3) * HOUR_MS, zone), aheadOf((hour + 4) * HOUR_MS, zone)];
        if (known.size > 5000) known.clear();
        known.set(key, found);
    }
    return found;
}

/** Whether the clocks of a zone show this time a second time on that day. */
export function isTwice(iso: string, zone: string): boolean {
    const moment = Date.parse(iso);
    if (Number.isNaN(moment)) return false;
    const [before = 0, after = 0] = around(moment, zone);
    const back = before - after;
    if (back <= 0) return false;
    const ahead = aheadOf(moment, zone);
    const other = ahead === before ? moment + back : moment - back;
    return aheadOf(other, zone) + other === ahead + moment;
}

/** Each knows the letters of its own part of the world, and numbers elsewhere. */
const SPEAKERS = ["en-GB", "en-US", "en-CA", "en-AU", "en-NZ", "en-IN", "en-ZA"];

/** CEST, EDT; GMT+2 where there are none. */
export function zoneLetters(iso: string, zone: string): string {
    const names = SPEAKERS.map(
        (speaker) =>
            new Intl.DateTimeFormat(speaker, { timeZone: zone, timeZoneName: "short" })
                .formatToParts(new Date(iso))
                .find(({ type }) => type === "timeZoneName")?.value ?? "",
    );
    return names.find((name) => /^[A-Z]+$/.test(name) && name !== "GMT") ?? names[0] ?? "";
}
