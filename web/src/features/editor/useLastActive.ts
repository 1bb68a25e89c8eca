import { useEffect, useRef, type RefObject } from "react";

const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"] as const;

/** When somebody last did something at this window (browser's clock, ms). */
export function useLastActive(): RefObject<number> {
    const last = useRef(0);
    useEffect(() => {
        const note = () => {
            last.current = Date.now();
        };
        note();
        for (const sign of SIGNS) window.addEventListener(sign, note, { passive: true });
        return () => {
            for (const sign of SIGNS) window.removeEventListener(sign, note);
        };
    }, []);
    return last;
}
