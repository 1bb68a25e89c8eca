import { lazy, Suspense, useEffect, useRef } from "react";
import { CircleCheck } from "lucide-react";
import { Link } from "react-router";
import { useAppointment, type Appointment } from "~/features/appointments/queries";
import { withRetry } from "~/lib/withRetry";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { ErrorNotice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";

// Menus are no part of the first screen.
const CalendarMenu = lazy(
    withRetry(async () => ({
        default: (await import("~/features/appointments/CalendarMenu")).CalendarMenu,
    })),
);

/** It is booked: said quietly, with what one may want next. */
export function Booked({ appointment }: { appointment: Appointment }) {
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => heading.current?.focus({ preventScroll: true }), []);
    return (
        <Card className="flex flex-col gap-5 p-6">
            <div className="flex items-start gap-3">
                <CircleCheck aria-hidden size={32} className="shrink-0 text-accent" />
                <div>
                    <h2 ref={heading} tabIndex={-1} className="text-xl font-bold outline-none">
                        {t("book.done")}
                    </h2>
                    <p className="mt-1 text-muted">{t("book.doneText")}</p>
                </div>
            </div>
            <div className="flex flex-col gap-2 sm:flex-row">
                <Button asChild>
                    <Link to={`/appointments/${appointment.id}`}>{t("book.seeAppointment")}</Link>
                </Button>
                <Suspense>
                    <CalendarMenu appointment={appointment} />
                </Suspense>
                <Button asChild look="quiet">
                    <Link to="/find">{t("book.another")}</Link>
                </Button>
            </div>
        </Card>
    );
}

/** The same after a reload, when only its id is known. */
export function BookedBefore({ id }: { id: string }) {
    const kept = useAppointment(id);
    if (kept.isError) return <ErrorNotice error={kept.error} onRetry={() => void kept.refetch()} />;
    if (!kept.data) return <Skeleton rows={1} className="h-40" />;
    return <Booked appointment={kept.data.value} />;
}
