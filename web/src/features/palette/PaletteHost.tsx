import { lazy, Suspense, useEffect } from "react";
import { useAppDispatch, useAppSelector } from "~/app/store";
import { paletteToggled } from "~/app/uiSlice";
import { withRetry } from "~/lib/withRetry";

const Palette = lazy(withRetry(() => import("./Palette")));

/** Opens the command palette by Ctrl-K, anywhere; it is fetched when it is first wanted. */
export function PaletteHost() {
    const dispatch = useAppDispatch();
    const isOpen = useAppSelector((state) => state.ui.paletteOpen);
    useEffect(() => {
        const press = (event: KeyboardEvent) => {
            const isIt = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
            if (!isIt || event.altKey || event.shiftKey) return;
            event.preventDefault();
            dispatch(paletteToggled(!isOpen));
        };
        document.addEventListener("keydown", press);
        return () => document.removeEventListener("keydown", press);
    }, [dispatch, isOpen]);
    if (!isOpen) return null;
    return (
        <Suspense>
            <Palette onClose={() => dispatch(paletteToggled(false))} />
        </Suspense>
    );
}
