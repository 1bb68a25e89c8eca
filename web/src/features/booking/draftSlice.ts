import { createSlice, type PayloadAction } from "@reduxjs/toolkit";
import { tabStorage } from "~/lib/storage";

/** Which timeslot is being booked, as the address names it. */
export type Target = { timeslotId: string; providerId: string; serviceId: string };

/** A confirmation that was sent: its key and body stay until the answer is known. */
export type Attempt = { key: string; reservationToken: string; notes: string };

export type Price = { priceCents: number; currency: string };

export type Reserved = {
    token: string;
    /** When the reservation ends, in ms of this browser's clock. */
    deadline: number;
    ttlSeconds: number;
    /** What it costs with this reservation; undefined leaves it as it was. */
    price?: Price;
    /** How often it may still be extended; undefined leaves it as it was. */
    extensionsLeft?: number;
};

export type Draft = Target & {
    notes: string;
    reserved: (Omit<Reserved, "price"> & { extensionsLeft: number }) | null;
    /** What was promised with the reservation, and is booked with it. */
    price?: Price | undefined;
    attempt: Attempt | null;
    appointmentId: string | null;
    /** It waits in the offline queue; what becomes of it is shown there. */
    isQueued: boolean;
};

type DraftState = { current: Draft | null };

const KEY = "holdfast.draft";
const EXTENSIONS = 2;

function read(): DraftState {
    try {
        return { current: JSON.parse(tabStorage.getItem(KEY) ?? "null") as Draft | null };
    } catch {
        return { current: null };
    }
}

/** Keeps the draft over a reload of this tab; another tab has its own. */
export function keepDraft({ current }: DraftState): void {
    if (current) tabStorage.setItem(KEY, JSON.stringify(current));
    else tabStorage.removeItem(KEY);
}

const slice = createSlice({
    name: "draft",
    initialState: read,
    reducers: {
        /** A timeslot is looked at; notes written for another time of the same service are kept. */
        draftBegun(state, { payload }: PayloadAction<Target>) {
            const { current } = state;
            if (current?.timeslotId === payload.timeslotId) return;
            const isSameWish =
                current?.serviceId === payload.serviceId &&
                !current.appointmentId &&
                !current.isQueued;
            state.current = {
                ...payload,
                notes: isSameWish ? current.notes : "",
                reserved: null,
                attempt: null,
                appointmentId: null,
                isQueued: false,
            };
        },
        notesWritten(state, { payload }: PayloadAction<string>) {
            if (state.current) state.current.notes = payload;
        },
        slotReserved(state, { payload }: PayloadAction<Reserved>) {
            if (!state.current) return;
            const { price, ...reserved } = payload;
            const before = state.current.reserved;
            const known = before?.token === payload.token ? before.extensionsLeft : EXTENSIONS;
            state.current.reserved = {
                ...reserved,
                extensionsLeft: payload.extensionsLeft ?? known,
            };
            if (price) state.current.price = price;
        },
        extensionsUsedUp(state) {
            if (state.current?.reserved) state.current.reserved.extensionsLeft = 0;
        },
        reservationEnded(state) {
            if (state.current) Object.assign(state.current, { reserved: null, price: undefined });
        },
        confirmationSent(state, { payload }: PayloadAction<Attempt>) {
            if (state.current) state.current.attempt = payload;
        },
        confirmationRefused(state) {
            if (state.current) state.current.attempt = null;
        },
        booked(state, { payload }: PayloadAction<string>) {
            if (!state.current) return;
            Object.assign(state.current, { appointmentId: payload, attempt: null, reserved: null });
        },
        askedForLater(state) {
            if (state.current) state.current.isQueued = true;
        },
        draftDropped(state) {
            state.current = null;
        },
    },
});

export const {
    draftBegun,
    notesWritten,
    slotReserved,
    extensionsUsedUp,
    reservationEnded,
    confirmationSent,
    confirmationRefused,
    booked,
    askedForLater,
    draftDropped,
} = slice.actions;
export const draftReducer = slice.reducer;
