import { ArrowRight } from "lucide-react";
import { addDays, dayAndClock, dayKey } from "~/lib/time";
import { momentOf } from "~/lib/wall";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { ErrorNotice } from "~/ui/Notice";
import { Spinner } from "~/ui/Spinner";
import { useNextTimeslot } from "./availability";

type Props = {
    providerId: string | null;
    serviceId: string;
    facilityId?: string | undefined;
    /** The day that has nothing free. */
    after: string;
    onDay: (day: string) => void;
};

/** The way to the next day with a free time. */
export function NextTimeslot({ providerId, serviceId, facilityId, after, onDay }: Props) {
    const next = useNextTimeslot(providerId, serviceId, momentOf(addDays(after, 1), 0), facilityId);
    if (next.isError) return <ErrorNotice error={next.error} onRetry={() => void next.refetch()} />;
    if (next.data === undefined) return <Spinner />;
    if (next.data === null)
        return <p className="text-muted">{t(providerId ? "find.noneLater" : "find.noneSoon")}</p>;
    const { start } = next.data;
    return (
        <Button onClick={() => onDay(dayKey(start))}>
            {t("find.nextAvailable", { time: dayAndClock(start) })}
            <ArrowRight aria-hidden size={18} />
        </Button>
    );
}
