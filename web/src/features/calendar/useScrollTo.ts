import { useEffect, useRef, type RefObject } from "react";

// The columns' names, and some air.
const ABOVE_PX = 120;
const SETTLED_MS = 1000;
const HANDS = ["pointerdown", "wheel", "touchstart", "keydown"] as const;

/**
 * Brings an entry of the grid into sight when another place (a day, a week) is shown. The grid
 * measures itself and is drawn again some times: it is followed until it rests or a hand is on it.
 */
export function useScrollTo(
    region: RefObject<HTMLElement | null>,
    entryKey: string | undefined,
    place: string,
): void {
    const scrolledTo = useRef("");
    useEffect(() => {
        const box = region.current;
        if (!box || !entryKey || scrolledTo.current === place) return;
        const scroll = () => {
            const entry = box.querySelector(`[data-entry="${entryKey}"]`);
            if (!entry) return;
            scrolledTo.current = place;
            const top = entry.getBoundingClientRect().top - box.getBoundingClientRect().top;
            box.scrollTop += top - ABOVE_PX;
        };
        const observer = new ResizeObserver(scroll);
        if (box.firstElementChild) observer.observe(box.firstElementChild);
        const stop = () => observer.disconnect();
        for (const hand of HANDS) box.addEventListener(hand, stop, { once: true, passive: true });
        const timer = setTimeout(stop, SETTLED_MS);
        return () => {
            stop();
            clearTimeout(timer);
            for (const hand of HANDS) box.removeEventListener(hand, stop);
        };
    }, [region, entryKey, place]);
}
