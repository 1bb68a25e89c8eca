import type { Schemas } from "~/api/client";
import { addDays, userZone } from "~/lib/time";
import { isDay, momentOf } from "~/lib/wall";
import { CHANNELS, PURPOSES, STATES, type Delivery } from "./words";

/** What is looked for, as it stands in the address: names, ids, days of the reader. */
export const FILTERS = [
    "q",
    "state",
    "channel",
    "purpose",
    "from",
    "to",
    "userId",
    "appointmentId",
    "endpointId",
] as const;
export type Filter = Record<(typeof FILTERS)[number], string>;
export type Wanted = Schemas["DeliveryFilter"];

function oneOf<T extends string>(values: readonly T[], value: string): T | undefined {
    return values.find((known) => known === value);
}

/** The filter as the API wants it; both days belong to the period. What is unknown is left out. */
export function queryOf(filter: Filter) {
    return {
        q: filter.q.trim() || undefined,
        state: oneOf<Delivery["state"]>(STATES, filter.state),
        channel: oneOf<Delivery["channel"]>(CHANNELS, filter.channel),
        purpose: oneOf<Delivery["purpose"]>(PURPOSES, filter.purpose),
        from: isDay(filter.from) ? momentOf(filter.from, 0, userZone) : undefined,
        to: isDay(filter.to) ? momentOf(addDays(filter.to, 1), 0, userZone) : undefined,
        userId: filter.userId || undefined,
        appointmentId: filter.appointmentId || undefined,
        endpointId: filter.endpointId || undefined,
    };
}
