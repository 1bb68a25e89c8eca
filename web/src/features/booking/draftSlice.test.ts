import { beforeEach, expect, it } from "vitest";
import {
    booked,
    confirmationSent,
    draftBegun,
    draftReducer,
    keepDraft,
    notesWritten,
    reservationEnded,
    slotReserved,
} from "./draftSlice";

const target = { timeslotId: "t1", providerId: "p", serviceId: "s" };
const reserved = { token: "secret", deadline: 1000, ttlSeconds: 120 };
const after = (...actions: Parameters<typeof draftReducer>[1][]) =>
    actions.reduce(draftReducer, { current: null });

beforeEach(() => sessionStorage.clear());

it("keeps what was written when the reservation ends and when another time is taken", () => {
    const written = [draftBegun(target), slotReserved(reserved), notesWritten("knee")];
    expect(after(...written, reservationEnded()).current).toMatchObject({
        notes: "knee",
        reserved: null,
    });
    const other = after(...written, draftBegun({ ...target, timeslotId: "t2" })).current;
    expect(other).toMatchObject({ timeslotId: "t2", notes: "knee", reserved: null });
});

it("carries nothing over to another service, nor from what was booked", () => {
    const written = [draftBegun(target), notesWritten("knee")];
    const service = draftBegun({ ...target, timeslotId: "t2", serviceId: "s2" });
    expect(after(...written, service).current?.notes).toBe("");
    const next = draftBegun({ ...target, timeslotId: "t2" });
    expect(after(...written, booked("a1"), next).current).toMatchObject({
        notes: "",
        appointmentId: null,
    });
});

it("counts extensions by reservation: one that runs on keeps its count, a new one begins anew", () => {
    const used = [draftBegun(target), slotReserved({ ...reserved, extensionsLeft: 1 })];
    expect(after(...used, slotReserved(reserved)).current?.reserved?.extensionsLeft).toBe(1);
    const fresh = slotReserved({ ...reserved, token: "another" });
    expect(after(...used, fresh).current?.reserved?.extensionsLeft).toBe(2);
});

it("keeps the price that was promised while the reservation runs, and once it is booked", () => {
    const price = { priceCents: 5000, currency: "EUR" };
    const promised = [draftBegun(target), slotReserved({ ...reserved, price })];
    expect(after(...promised, slotReserved(reserved)).current?.price).toEqual(price);
    expect(after(...promised, booked("a1")).current?.price).toEqual(price);
    expect(after(...promised, reservationEnded()).current?.price).toBeUndefined();
    const other = draftBegun({ ...target, timeslotId: "t2" });
    expect(after(...promised, other).current?.price).toBeUndefined();
});

it("lives through a reload of the tab, an unanswered confirmation with its key too", () => {
    const attempt = { key: "k", reservationToken: "secret", notes: "knee" };
    const state = after(draftBegun(target), slotReserved(reserved), confirmationSent(attempt));
    keepDraft(state);
    expect(draftReducer(undefined, { type: "start" })).toEqual(state);
    keepDraft({ current: null });
    expect(draftReducer(undefined, { type: "start" })).toEqual({ current: null });
});
