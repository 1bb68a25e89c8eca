import { browserStorage } from "~/lib/storage";

/** How the app looks. Kept where public/first.js finds it before the first paint. */
export type Look = { theme: "system" | "light" | "dark"; contrast: "normal" | "more" };

const KEY = "holdfast.look";

export function readLook(): Look {
    try {
        const kept = JSON.parse(browserStorage.getItem(KEY) ?? "{}") as Partial<Look>;
        return { theme: kept.theme ?? "system", contrast: kept.contrast ?? "normal" };
    } catch {
        return { theme: "system", contrast: "normal" };
    }
}

export function applyLook(look: Look): void {
    const root = document.documentElement;
    if (look.theme === "system") delete root.dataset.theme;
    else root.dataset.theme = look.theme;
    if (look.contrast === "more") root.dataset.contrast = "more";
    else delete root.dataset.contrast;
    browserStorage.setItem(KEY, JSON.stringify(look));
}
