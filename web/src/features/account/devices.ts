import type { Schemas } from "~/api/client";
import { t } from "~/text/account";

type SignIn = Pick<Schemas["SignIn"], "kind" | "userAgent">;

/** The first that is found counts: most browsers also name those that they descend from. */
const BROWSERS: [RegExp, string][] = [
    [/\bEdg(e|A|iOS)?\//, "Edge"],
    [/\b(OPR|Opera)\//, "Opera"],
    [/\bSamsungBrowser\//, "Samsung Internet"],
    [/\b(Firefox|FxiOS)\//, "Firefox"],
    [/\b(HeadlessChrome|Chrome|Chromium|CriOS)\//, "Chrome"],
    [/\bVersion\/\S+ .*Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
    [/\biPhone\b/, "iPhone"],
    [/\biPad\b/, "iPad"],
    [/\bAndroid\b/, "Android"],
    [/\bWindows\b/, "Windows"],
    [/\bCrOS\b/, "ChromeOS"],
    [/\bMac OS X\b/, "Mac"],
    [/\bLinux\b/, "Linux"],
];
const NAME_MAX = 40;

function first(list: [RegExp, string][], text: string): string | undefined {
    return list.find(([pattern]) => pattern.test(text))?.[1];
}

/** Firefox on Windows; of what is no known browser, the name that it gives itself. */
export function deviceOf({ kind, userAgent }: SignIn): string {
    const said = userAgent ?? "";
    const browser = first(BROWSERS, said);
    const system = first(SYSTEMS, said);
    if (browser && system) return t("signIns.browserOn", { browser, system });
    const name = browser ?? system ?? said.split(/[/(]/, 1)[0]?.trim();
    return name
        ? name.slice(0, NAME_MAX)
        : t(kind === "cookie" ? "signIns.browser" : "signIns.app");
}
