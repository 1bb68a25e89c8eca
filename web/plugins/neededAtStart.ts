/** As much of the bundler's context as is needed here. */
type Modules = { getModuleInfo(id: string): { importedIds: readonly string[] } | null };

const ENTRY = /\/src\/main\.tsx$/;
const wanted = new Set<string>();

function collect(id: string, modules: Modules): void {
    if (wanted.has(id)) return;
    wanted.add(id);
    for (const one of modules.getModuleInfo(id)?.importedIds ?? []) collect(one, modules);
}

/**
 * Puts all that the first paint waits for into one file. Left alone the bundler makes a dozen small
 * ones of what screens share, and a phone far away pays a round trip for each handful of them.
 */
export function neededAtStart(id: string, modules: Modules): string | null {
    if (ENTRY.test(id)) collect(id, modules);
    return wanted.has(id) ? "start" : null;
}
