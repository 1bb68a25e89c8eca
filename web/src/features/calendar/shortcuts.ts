import { useEffect, useRef, useState } from "react";
import { browserStorage } from "~/lib/storage";

const KEY = "holdfast.calendar.shortcuts";

function readIsOn(): boolean {
    return browserStorage.getItem(KEY) !== "off";
}

/** Whether single keys do something; a person who dictates can turn that off (WCAG 2.1.4). */
export function useShortcutsSetting(): [boolean, (isOn: boolean) => void] {
    const [isOn, setIsOn] = useState(readIsOn);
    return [
        isOn,
        (next) => {
            setIsOn(next);
            browserStorage.setItem(KEY, next ? "on" : "off");
        },
    ];
}

/** Whether a key that is pressed there belongs to somebody else: a field, a dialog, a menu. */
function isTaken(target: EventTarget | null): boolean {
    if (document.querySelector("[role=dialog], [role=menu]")) return true;
    return target instanceof Element && target.closest("input, select, textarea, a") !== null;
}

/** Calls what a key stands for, wherever the focus is, except in fields and dialogs. */
export function useShortcuts(isOn: boolean, actions: Record<string, () => void>): void {
    const latest = useRef(actions);
    useEffect(() => {
        latest.current = actions;
    });
    useEffect(() => {
        if (!isOn) return;
        const press = (event: KeyboardEvent) => {
            if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
            const action = latest.current[event.key];
            if (!action || isTaken(event.target)) return;
            event.preventDefault();
            action();
        };
        document.addEventListener("keydown", press);
        return () => document.removeEventListener("keydown", press);
    }, [isOn]);
}
