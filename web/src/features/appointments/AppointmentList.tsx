import type { ReactNode } from "react";
import { rows } from "~/api/lists";
import { useUser } from "~/features/account/session";
import { useBookings } from "~/realtime/useBookings";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { ErrorNotice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";
import { AppointmentCard } from "./AppointmentCard";
import { byDay } from "./days";
import { useOwnAppointments } from "./queries";

type Props = { filter: "upcoming" | "history"; empty: ReactNode };

/** A client's own appointments by day; it changes as they do. */
export function AppointmentList({ filter, empty }: Props) {
    const user = useUser();
    const list = useOwnAppointments(user.id, filter);
    useBookings(`user.${user.id}.bookings`);
    const items = rows(list.data);
    if (list.isPending) return <Skeleton rows={4} className="h-28" />;
    // Without a network the bar says so; what was kept stays readable.
    const failed = list.isError && (items.length === 0 || list.isFetchNextPageError);
    return (
        <>
            {failed && <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />}
            {!failed && items.length === 0 && empty}
            {byDay(items, new Date()).map((day) => (
                <section key={day.day} aria-labelledby={`day-${day.day}`}>
                    <h2 id={`day-${day.day}`} className="mb-2 font-semibold text-muted">
                        {day.title}
                    </h2>
                    <ul className="flex flex-col gap-3">
                        {day.items.map((item) => (
                            <li key={item.id}>
                                <AppointmentCard appointment={item} />
                            </li>
                        ))}
                    </ul>
                </section>
            ))}
            {list.hasNextPage && (
                <Button
                    look="secondary"
                    className="self-center"
                    busy={list.isFetchingNextPage}
                    onClick={() => void list.fetchNextPage()}
                >
                    {t("app.more")}
                </Button>
            )}
        </>
    );
}
