import { useFacilities, useServices, type Provider } from "~/features/catalogue/queries";
import { t } from "~/text/staff";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";
import { useSchedule } from "./queries";
import { draftOf, EMPTY } from "./schedule";
import { ScheduleEditor } from "./ScheduleEditor";

/** A provider's week, breaks and days that differ. */
export function ScheduleTab({ provider }: { provider: Provider }) {
    const schedule = useSchedule(provider.id);
    const facilities = useFacilities();
    const services = useServices();
    // Hours that are added name a facility: nothing can be added before they are known.
    for (const one of [schedule, facilities, services])
        if (one.isError)
            return <ErrorNotice error={one.error} onRetry={() => void one.refetch()} />;
    if (schedule.isPending || !facilities.data || !services.data) return <Skeleton rows={5} />;
    return (
        <>
            {schedule.data === null && <Notice>{t("publish.noSchedule")}</Notice>}
            <ScheduleEditor
                key={provider.id}
                provider={provider}
                kept={schedule.data ? draftOf(schedule.data.value) : EMPTY}
                etag={schedule.data?.etag ?? null}
                facilities={facilities.data.filter(({ id }) => provider.facilityIds.includes(id))}
                services={services.data.filter(({ id }) => provider.serviceIds.includes(id))}
            />
        </>
    );
}
