import { useMemo } from "react";
import { useQuery } from "@tanstack/react-query";
import { CalendarPlus, ExternalLink } from "lucide-react";
import { Link, useParams } from "react-router";
import { api, data, type Schemas } from "~/api/client";
import { Problem } from "~/api/problem";
import { googleLink, outlookLink } from "~/features/appointments/calendarLinks";
import { clockRange, clocksDiffer, longDay, zoneCity } from "~/lib/time";
import { useNoIndex } from "~/lib/useNoIndex";
import { t } from "~/text/account";
import { StatusBadge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { calendarFile } from "./calendarFile";

type Shared = Schemas["SharedAppointment"];

/** An appointment as its link shows it to anybody: when, where, what and with whom. */
export default function SharedPage() {
    useNoIndex();
    const { secret = "" } = useParams();
    const shared = useQuery({
        queryKey: ["shared", secret],
        // Looked at now and then; it is nobody's list to read offline.
        gcTime: 0,
        queryFn: () => data(api.GET("/api/v1/shared/{secret}", { params: { path: { secret } } })),
    });
    const isGone = shared.error instanceof Problem && shared.error.status === 404;
    return (
        <Page title={t("shared.title")} width="narrow">
            {shared.isPending && <Skeleton rows={1} className="h-64" />}
            {isGone && <Empty title={t("shared.gone")} text={t("shared.goneText")} />}
            {shared.isError && !isGone && (
                <ErrorNotice error={shared.error} onRetry={() => void shared.refetch()} />
            )}
            {shared.data && <SharedCard shared={shared.data} secret={secret} />}
            <p className="text-center text-sm text-muted">
                {t("shared.madeWith")}{" "}
                <Link className="text-accent underline" to="/find">
                    {t("shared.findOwn")}
                </Link>
            </p>
        </Page>
    );
}

function SharedCard({ shared, secret }: { shared: Shared; secret: string }) {
    const { start, end, timezone, status, serviceTitle, providerName } = shared;
    const place = [shared.facilityName, shared.facilityAddress].filter(Boolean).join(", ");
    return (
        <Card className="flex flex-col gap-4 p-6">
            <div className="flex flex-wrap items-start justify-between gap-2">
                <h2 className="text-xl font-bold">{serviceTitle}</h2>
                <StatusBadge status={status} />
            </div>
            <div>
                <p className="text-lg font-semibold">{longDay(start)}</p>
                <p className="text-lg tabular-nums">{clockRange(start, end)}</p>
                {clocksDiffer(start, timezone) && (
                    <p className="text-muted tabular-nums">
                        {t("find.there", {
                            time: clockRange(start, end, timezone),
                            city: zoneCity(timezone),
                        })}
                    </p>
                )}
            </div>
            <p>
                {t("conflict.with", { name: providerName })}
                {place && <span className="block text-muted">{place}</span>}
            </p>
            {status === "confirmed" && (
                <CalendarLinks shared={shared} secret={secret} place={place} />
            )}
        </Card>
    );
}

/** Made here in the browser: the calendar file of the server is for who may see the appointment. */
function CalendarLinks({
    shared,
    secret,
    place,
}: {
    shared: Shared;
    secret: string;
    place: string;
}) {
    const page = `${window.location.origin}/shared/${secret}`;
    const entry = { ...shared, id: secret, facilityName: place };
    const file = useMemo(() => {
        const title = `${shared.serviceTitle}, ${shared.providerName}`;
        const text = calendarFile(
            { title, start: shared.start, end: shared.end, location: place, details: page },
            `${secret}@${window.location.hostname}`,
            new Date().toISOString(),
        );
        return `data:text/calendar;charset=utf-8,${encodeURIComponent(text)}`;
    }, [shared, secret, place, page]);
    const links: [name: string, href: string][] = [
        ["Google", googleLink(entry, page)],
        ["Outlook", outlookLink(entry, page)],
    ];
    return (
        <div className="flex flex-wrap items-center gap-2">
            <Button asChild look="secondary">
                <a href={file} download="appointment.ics">
                    <CalendarPlus aria-hidden size={18} />
                    {t("shared.addToCalendar")}
                </a>
            </Button>
            {links.map(([name, href]) => (
                <Button key={name} asChild look="quiet">
                    <a href={href} target="_blank" rel="noreferrer">
                        {name}
                        <ExternalLink aria-hidden size={16} />
                        <span className="sr-only">{t("shared.newWindow")}</span>
                    </a>
                </Button>
            ))}
        </div>
    );
}
