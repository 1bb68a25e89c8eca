import { useDeferredValue, useMemo, useState } from "react";
import { useProviders } from "~/features/catalogue/queries";
import { dayKey } from "~/lib/time";
import { isDay } from "~/lib/wall";
import { useProviderTimeslots, type Timeslot } from "./availability";
import { DayChips } from "./DayChips";
import { blockOf, daysOfBlock, freeByDay } from "./days";
import { DayTimes } from "./DayTimes";
import { useLiveTimeslots } from "./live";
import { NextTimeslot } from "./NextTimeslot";

type Props = {
    providerId: string;
    serviceId: string;
    onPick: (timeslot: Timeslot) => void;
    /** Where to begin; without it at the first day that has a free time. */
    initialDay?: string | undefined;
    onDay?: ((day: string) => void) | undefined;
    /** The timeslot of the appointment that is being moved: it is not offered. */
    excludedTimeslotId?: string | undefined;
};

/** A free time of one provider: days as chips, then that day's times, live. */
export function TimeslotPicker({
    providerId,
    serviceId,
    onPick,
    initialDay,
    onDay,
    excludedTimeslotId,
}: Props) {
    const today = dayKey(new Date());
    const wished = initialDay ?? null;
    const [chosen, setChosen] = useState(isDay(wished) && wished >= today ? wished : null);
    const first = blockOf(chosen ?? today, today);
    const answer = useProviderTimeslots(providerId, serviceId, first);
    useLiveTimeslots([providerId]);
    const zone = useProviders().data?.find((one) => one.id === providerId)?.timezone;
    // What is deferred is drawn in slices: in one piece it would keep a phone from taking a tap.
    const known = useDeferredValue(answer.data);
    const timeslots = useMemo(
        () => known?.filter((one) => one.id !== excludedTimeslotId),
        [known, excludedTimeslotId],
    );
    const free = useMemo(() => timeslots && freeByDay(timeslots), [timeslots]);
    // Kept once found: the view shall not jump to another day when the last time of one is taken.
    const [found, setFound] = useState<string | null>(null);
    if (found === null && free) {
        setFound(daysOfBlock(first).find((one) => free.has(one)) ?? first);
    }
    const day = chosen ?? found;
    const choose = (next: string) => {
        setChosen(next);
        onDay?.(next);
    };
    return (
        <div className="flex flex-col gap-5">
            <DayChips today={today} day={day} onDay={choose} free={free} />
            <DayTimes
                day={day}
                timeslots={timeslots}
                error={answer.error}
                onRetry={() => void answer.refetch()}
                next={
                    day && (
                        <NextTimeslot
                            providerId={providerId}
                            serviceId={serviceId}
                            after={day}
                            onDay={choose}
                        />
                    )
                }
                onPick={onPick}
                zoneOf={() => zone}
            />
        </div>
    );
}
