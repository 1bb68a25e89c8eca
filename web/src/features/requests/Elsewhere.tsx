import { useQuery } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";
import { api, data, type Schemas } from "~/api/client";
import type { Appointment } from "~/features/appointments/queries";
import { differences } from "~/features/booking/differences";
import { clockRange, shortDay } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { ErrorNotice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";

type Props = {
    request: Appointment;
    busy: boolean;
    onPick: (timeslot: Schemas["Timeslot"]) => void;
};

/** Free times near the wish, each with what is different about it. */
export function Elsewhere({ request, busy, onPick }: Props) {
    const { id, version, start, end, priceCents, currency, providerName } = request;
    const near = useQuery({
        queryKey: ["alternatives", id, version, "nearest"],
        staleTime: 0,
        queryFn: async () =>
            (
                await data(
                    api.GET("/api/v1/appointments/{appointment_id}/alternatives", {
                        params: { path: { appointment_id: id }, query: { kind: "nearest" } },
                    }),
                )
            ).items,
    });
    if (near.isPending) return <Skeleton rows={2} />;
    if (near.isError) return <ErrorNotice error={near.error} onRetry={() => void near.refetch()} />;
    if (near.data.length === 0) return <p className="text-muted">{t("requests.noneElsewhere")}</p>;
    const wanted = { start, end, priceCents, currency, providerName };
    return (
        <section className="flex flex-col gap-2">
            <p className="font-medium">{t("requests.elsewhere")}</p>
            <ul className="flex flex-col gap-2">
                {near.data.map((one) => (
                    <li key={one.id}>
                        <Button
                            look="secondary"
                            disabled={busy}
                            className="h-auto w-full justify-between py-2 text-left"
                            onClick={() => onPick(one)}
                        >
                            <span className="flex flex-col">
                                <span className="font-semibold tabular-nums">
                                    {shortDay(one.start)}, {clockRange(one.start, one.end)}
                                </span>
                                <span className="text-sm font-normal text-muted">
                                    {differences(wanted, { ...one, providerName }).join(" · ")}
                                </span>
                            </span>
                            <ArrowRight aria-hidden size={18} className="shrink-0 text-accent" />
                        </Button>
                    </li>
                ))}
            </ul>
        </section>
    );
}
