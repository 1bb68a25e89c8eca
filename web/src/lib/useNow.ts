import { useEffect, useState } from "react";

/** The browser's clock in ms, renewed every `everyMs`; for countdowns. */
export function useNow(everyMs = 1000): number {
    const [now, setNow] = useState(() => Date.now());
    useEffect(() => {
        const timer = setInterval(() => setNow(Date.now()), everyMs);
        return () => clearInterval(timer);
    }, [everyMs]);
    return now;
}
