import { Link } from "react-router";
import { dayAndClock } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { t } from "~/text/staff";
import { Notice } from "~/ui/Notice";
import { clientLoad, useToCome } from "./clientLoad";
import type { Client } from "./clients";

type Props = { client: Client; period: { start: string; end: string } };

/** What the client has already; staff may book all the same. */
export function ClientWarnings({ client, period }: Props) {
    const { overlapping, count, isMany } = clientLoad(useToCome(client.id), period, useNow(30_000));
    return (
        <>
            {overlapping && (
                <Notice tone="warning">
                    {t("calendar.book.overlaps", { name: client.name })}{" "}
                    <Link className="underline" to={`/appointments/${overlapping.id}`}>
                        {overlapping.serviceTitle}, {dayAndClock(overlapping.start)}
                    </Link>
                </Notice>
            )}
            {isMany && (
                <Notice tone="warning">
                    {t("calendar.book.many", { name: client.name, count })}
                </Notice>
            )}
        </>
    );
}
