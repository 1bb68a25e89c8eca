import { useLocation, useSearchParams } from "react-router";
import { FILTERS, type Filter } from "./filter";

export type SetFilter = (name: keyof Filter, value: string) => void;

/** What is looked for, in the address: so that it can be linked to and survives going back. */
export function useFilter() {
    const { pathname } = useLocation();
    const [params, setParams] = useSearchParams();
    const filter = Object.fromEntries(
        FILTERS.map((name) => [name, params.get(name) ?? ""]),
    ) as Filter;
    const set: SetFilter = (name, value) => {
        // Somebody has gone on already, while what they typed was still to come.
        if (window.location.pathname !== pathname) return;
        setParams(
            () => {
                // Not as this render saw it: a search text comes some moments after it was typed.
                const now = new URLSearchParams(window.location.search);
                if (value) now.set(name, value);
                else now.delete(name);
                return now;
            },
            { replace: true },
        );
    };
    const clear = () => setParams({}, { replace: true });
    return { filter, set, clear, isSet: FILTERS.some((name) => filter[name]) };
}
