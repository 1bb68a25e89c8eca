/**
 * The browser's storage, which may be switched off: it throws when it is touched, or is not there.
 * What cannot be written lives as long as the page, so that everything works for the moment.
 */
type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem"> & {
    keys(): string[];
    /** Whether what is written outlives the page. */
    isLasting(): boolean;
};

const PROBE = "holdfast.probe";

export function keptBy(find: () => Storage | null | undefined): Kept {
    const memory = new Map<string, string>();
    /** What the real storage answers, or `otherwise` where it is switched off. */
    const ask = <T>(question: (real: Storage) => T, otherwise: T): T => {
        try {
            const real = find();
            return real ? question(real) : otherwise;
        } catch {
            return otherwise;
        }
    };
    const write = (key: string, value: string) =>
        ask((real) => {
            real.setItem(key, value);
            return real.getItem(key) === value;
        }, false);
    return {
        getItem: (key) => memory.get(key) ?? ask((real) => real.getItem(key), null),
        setItem(key, value) {
            if (write(key, value)) memory.delete(key);
            else memory.set(key, value);
        },
        removeItem(key) {
            memory.delete(key);
            ask((real) => real.removeItem(key), undefined);
        },
        keys: () => [...new Set([...ask((real) => Object.keys(real), []), ...memory.keys()])],
        isLasting() {
            const isSo = write(PROBE, "1");
            ask((real) => real.removeItem(PROBE), undefined);
            return isSo;
        },
    };
}

/** For all tabs of this browser, until somebody removes it. */
export const browserStorage = keptBy(() => window.localStorage);
/** For this tab, until it is closed. */
export const tabStorage = keptBy(() => window.sessionStorage);
/** Where it stands which push subscription this browser has. */
export const PUSH_KEPT = "holdfast.push";
