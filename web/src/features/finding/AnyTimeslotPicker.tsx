import { useState } from "react";
import type { Provider } from "~/features/catalogue/queries";
import { dayKey } from "~/lib/time";
import { isDay, periodOf } from "~/lib/wall";
import { useAnyTimeslots, useNextTimeslot, type Timeslot } from "./availability";
import { DayChips } from "./DayChips";
import { DayTimes } from "./DayTimes";
import { useLiveTimeslots } from "./live";
import { NextTimeslot } from "./NextTimeslot";

type Props = {
    serviceId: string;
    facilityId: string | undefined;
    /** Those who offer the service. */
    providers: Provider[];
    initialDay?: string | undefined;
    onDay: (day: string) => void;
    onPick: (timeslot: Timeslot) => void;
};

/** A free time of anybody who offers the service; each says with whom. */
export function AnyTimeslotPicker(props: Props) {
    const { serviceId, facilityId, providers, initialDay, onDay, onPick } = props;
    const today = dayKey(new Date());
    const wished = initialDay ?? null;
    const [chosen, setChosen] = useState(isDay(wished) && wished >= today ? wished : null);
    const first = useNextTimeslot(null, serviceId, null, facilityId);
    // Kept once found: the view shall not jump to another day when the last time of one is taken.
    const [found, setFound] = useState<string | null>(null);
    if (found === null && first.data !== undefined) {
        setFound(first.data ? dayKey(first.data.start) : today);
    }
    const day = chosen ?? found;
    const answer = useAnyTimeslots(serviceId, day === null ? null : periodOf(day, day), facilityId);
    useLiveTimeslots(providers.map((one) => one.id));
    const provider = ({ providerId }: Timeslot) => providers.find((one) => one.id === providerId);
    const choose = (next: string) => {
        setChosen(next);
        onDay(next);
    };
    return (
        <div className="flex flex-col gap-5">
            <DayChips today={today} day={day} onDay={choose} />
            <DayTimes
                day={day}
                timeslots={answer.data}
                error={answer.error ?? (day === null && first.error)}
                onRetry={() => void (day === null ? first : answer).refetch()}
                next={
                    day && (
                        <NextTimeslot
                            providerId={null}
                            serviceId={serviceId}
                            facilityId={facilityId}
                            after={day}
                            onDay={choose}
                        />
                    )
                }
                onPick={onPick}
                zoneOf={(one) => provider(one)?.timezone}
                detailOf={(one) => provider(one)?.name}
            />
        </div>
    );
}
