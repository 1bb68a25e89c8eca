import { expect, it } from "vitest";
import { deviceOf } from "./devices";

const of = (userAgent: string | null, kind: "cookie" | "tokens" = "cookie") =>
    deviceOf({ kind, userAgent });
const MOZILLA = "Mozilla/5.0";
const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0";

it("names the browser and what it runs on", () => {
    expect(of(`${MOZILLA} (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0`)).toBe(
        "Firefox on Linux",
    );
    expect(of(`${MOZILLA} (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36`)).toBe(
        "Chrome on Windows",
    );
    expect(
        of(
            `${MOZILLA} (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 ` +
                "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        ),
    ).toBe("Safari on iPhone");
});

it("takes no browser for the one that it descends from", () => {
    const windows = `${MOZILLA} (Windows NT 10.0; Win64; x64) ${CHROME}`;
    expect(of(`${windows} Safari/537.36 Edg/126.0.0.0`)).toBe("Edge on Windows");
    expect(of(`${windows} Safari/537.36 OPR/111.0.0.0`)).toBe("Opera on Windows");
    expect(of(`${MOZILLA} (Linux; Android 14; K) ${CHROME} Mobile Safari/537.36`)).toBe(
        "Chrome on Android",
    );
});

it("says what an unknown one calls itself, in few letters", () => {
    expect(of("frontdesk/2.1 (kiosk)", "tokens")).toBe("frontdesk");
    expect(of("x".repeat(500))).toHaveLength(40);
    expect(of(null)).toBe("A browser");
    expect(of("", "tokens")).toBe("An app");
    expect(of("  (nothing before it)", "tokens")).toBe("An app");
});
