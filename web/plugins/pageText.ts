import type { Plugin } from "vite";
import { t, type TextKey } from "../src/text";

const NAMED = /\{(\w+\.\w+)\}/g;

/** Puts the catalogue's texts where index.html names them: {find.welcome}. */
export function pageText(): Plugin {
    return {
        name: "holdfast-page-text",
        transformIndexHtml: {
            order: "pre",
            handler: (html) => html.replace(NAMED, (_, key: string) => t(key as TextKey)),
        },
    };
}
