import { fileURLToPath } from "node:url";
import type { HtmlTagDescriptor, Plugin } from "vite";

/** As much of the bundler's context as is needed here. */
type Modules = { getModuleInfo(id: string): { importedIds: readonly string[] } | null };

const START = fileURLToPath(new URL("../src/app/start.tsx", import.meta.url));
/** One file names them all; which ones are used is known for each screen only. */
const ICONS = /\/lucide-react\//;
const wanted = new Set<string>();

const isLibrary = (id: string) => id.includes("/node_modules/");

function collect(id: string, modules: Modules): void {
    if (wanted.has(id)) return;
    wanted.add(id);
    // Of a library the bundler knows better what is used.
    if (isLibrary(id)) return;
    for (const one of modules.getModuleInfo(id)?.importedIds ?? []) collect(one, modules);
}

function isNeeded(id: string, modules: Modules): boolean {
    collect(START, modules);
    return wanted.has(id);
}

/**
 * Puts all that the first screen waits for into two files, which are run one after the other. Left
 * alone the bundler makes a dozen small ones of what screens share, and a phone far away pays a
 * round trip for each handful of them.
 */
export const firstFiles = [
    // What loads the others cannot be in one of them.
    { name: "loader", test: /vite\/preload-helper/, priority: 3 },
    {
        name: (id: string, modules: Modules) =>
            isLibrary(id) && !ICONS.test(id) && isNeeded(id, modules) ? "libraries" : null,
        debugName: "libraries",
        priority: 2,
    },
    {
        name: (id: string, modules: Modules) =>
            !isLibrary(id) && isNeeded(id, modules) ? "start" : null,
        debugName: "start",
        priority: 1,
    },
];

/** Has the page fetch what its script imports after the first paint: at once, but behind the styles. */
export function preloadFirstFiles(): Plugin {
    return {
        name: "holdfast-preload-first-files",
        apply: "build",
        transformIndexHtml: {
            order: "post",
            handler(_, { chunk, bundle = {} }) {
                const files = new Set<string>();
                const follow = (file: string) => {
                    const found = bundle[file];
                    if (files.has(file) || found?.type !== "chunk") return;
                    files.add(file);
                    found.imports.forEach(follow);
                };
                chunk?.dynamicImports.forEach(follow);
                for (const file of chunk?.imports ?? []) files.delete(file);
                return [...files].map((file): HtmlTagDescriptor => ({
                    tag: "link",
                    attrs: {
                        ...{ rel: "modulepreload", crossorigin: true, href: `/${file}` },
                        fetchpriority: "low",
                    },
                    injectTo: "head",
                }));
            },
        },
    };
}
