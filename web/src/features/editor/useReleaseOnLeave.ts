import { useEffect, useRef } from "react";

/**
 * Gives the edit lock back when the page or the tab is left. `keepalive` lets the request outlive
 * the page (a beacon could not say DELETE); the version keeps it from ending a lock that another
 * window has renewed since.
 */
export function useReleaseOnLeave(appointmentId: string, version: number | null): void {
    const latest = useRef(version);
    useEffect(() => {
        latest.current = version;
    }, [version]);
    useEffect(() => {
        const leave = () => {
            if (latest.current === null) return;
            const body = JSON.stringify({ expectedVersion: latest.current });
            latest.current = null;
            fetch(`/api/v1/appointments/${appointmentId}/release-lock`, {
                method: "DELETE",
                keepalive: true,
                headers: { "Content-Type": "application/json" },
                body,
            }).catch(() => undefined); // It runs out by itself.
        };
        window.addEventListener("pagehide", leave);
        return () => {
            window.removeEventListener("pagehide", leave);
            leave();
        };
    }, [appointmentId]);
}
