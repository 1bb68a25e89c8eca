import { useEffect, useRef, useState } from "react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { Problem } from "~/api/problem";
import { useNow } from "~/lib/useNow";
import { useChannel } from "~/realtime/LiveProvider";
import {
    afterEvent,
    isAboutLock,
    isActive,
    isDue,
    standing,
    type EditLock,
    type Held,
    type Known,
} from "./editLockState";
import { noteServerTime, serverTime } from "./serverClock";
import { useLastActive } from "./useLastActive";
import { useReleaseOnLeave } from "./useReleaseOnLeave";

export const editLockKey = (appointmentId: string) => ["edit-lock", appointmentId] as const;

const UNKNOWN: Known = { lock: null, ended: null };
const RETRY_MS = 5000;
const TICK_MS = 1000;

/**
 * The edit lock of one appointment for this window: taken by `acquire`, renewed while somebody
 * works here, given back by `release` and when the page is left.
 */
export function useEditLock(appointmentId: string, userId: string) {
    const client = useQueryClient();
    const key = editLockKey(appointmentId);
    const path = { appointment_id: appointmentId };
    const [held, setHeld] = useState<Held | null>(null);
    const now = serverTime(useNow(TICK_MS));
    const lastActive = useLastActive();

    const status = useQuery({
        queryKey: key,
        queryFn: async (): Promise<Known> => {
            const call = api.GET("/api/v1/appointments/{appointment_id}/lock-status", {
                params: { path },
            });
            const { lock } = await data(call);
            noteServerTime((await call).response);
            return { lock: lock ?? null, ended: null };
        },
    });
    const learn = async (change: (known: Known) => Known) => {
        // An answer that is still on its way is older than this.
        await client.cancelQueries({ queryKey: key });
        client.setQueryData<Known>(key, (known) => change(known ?? UNKNOWN));
    };
    useChannel(
        `appointment.${appointmentId}`,
        (event) => {
            if (isAboutLock(event)) void learn((known) => afterEvent(known, event));
        },
        () => void client.invalidateQueries({ queryKey: key }),
    );

    const granted = async (lock: EditLock) => {
        await learn(() => ({ lock, ended: null }));
        const ttlMs = Date.parse(lock.expiresAt) - serverTime(Date.now());
        setHeld({ version: lock.version, ttlMs });
    };
    const refused = async (error: unknown) => {
        if (!(error instanceof Problem)) return;
        const { lock, scenario } = error;
        if (lock) await learn(() => ({ lock, ended: null }));
        else if (scenario === "lock_version_conflict" || scenario === "not_found") {
            setHeld(null);
            await client.invalidateQueries({ queryKey: key });
        }
    };
    const acquire = useMutation({
        mutationFn: async (expectedVersion: number | null) => {
            const call = api.POST("/api/v1/appointments/{appointment_id}/acquire-lock", {
                params: { path },
                body: { expectedVersion },
            });
            const { lock } = await data(call);
            noteServerTime((await call).response);
            return lock;
        },
        onSuccess: granted,
        onError: refused,
    });
    const takeOver = useMutation({
        mutationFn: async () => {
            const { lock } = await data(
                api.POST("/api/v1/appointments/{appointment_id}/take-over-lock", {
                    params: { path },
                }),
            );
            return lock;
        },
        onSuccess: granted,
    });
    const release = useMutation({
        mutationFn: () =>
            data(
                api.DELETE("/api/v1/appointments/{appointment_id}/release-lock", {
                    params: { path },
                    body: { expectedVersion: held?.version ?? null },
                }),
            ),
        onSettled: async () => {
            setHeld(null);
            await client.invalidateQueries({ queryKey: key });
        },
    });

    const isAsking = acquire.isPending || takeOver.isPending || release.isPending;
    const state = standing(status.data, held, userId, now, isAsking);
    const mine = state.kind === "mine" ? state.lock : null;
    useReleaseOnLeave(appointmentId, mine && held ? held.version : null);

    const triedAt = useRef(0);
    const { mutate } = acquire;
    useEffect(() => {
        if (!mine || !held || isAsking || !isDue(mine, held, now)) return;
        if (!isActive(serverTime(lastActive.current), held, now)) return;
        if (now - triedAt.current < RETRY_MS) return;
        triedAt.current = now;
        mutate(held.version);
    }, [mine, held, isAsking, now, lastActive, mutate]);

    const shown = "lock" in state ? state.lock : null;
    return {
        state,
        version: held?.version ?? null,
        // The last tick may be a second old: never promise more than there is.
        secondsLeft: shown
            ? Math.max(0, (Date.parse(shown.expiresAt) - now - TICK_MS) / 1000)
            : null,
        /** Nobody has worked here for long: it will run out unless somebody does. */
        isRunningOut: mine !== null && held !== null && isDue(mine, held, now),
        acquire,
        takeOver,
        release,
        /** Forgets that this window had it. */
        letGo: () => setHeld(null),
        /** What a refused write says about the edit lock. */
        refused,
    };
}

export type EditLockKeeper = ReturnType<typeof useEditLock>;
