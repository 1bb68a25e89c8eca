import { useState } from "react";
import { ArrowLeft, Printer } from "lucide-react";
import { Link, useSearchParams } from "react-router";
import { useUser } from "~/features/account/session";
import { useProviders, type Provider } from "~/features/catalogue/queries";
import { clockRange, dayKey, longDay } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { isDay, noonOf } from "~/lib/wall";
import { t, type TextKey } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { entriesOf, type Entry } from "./entries";
import { entryStatus } from "./EntryButton";
import "./print.css";
import { useDayAppointments, useSlots } from "./queries";

const CELL = "border-b border-line py-2 pr-4 align-top";

function Row({ entry, now }: { entry: Entry; now: number }) {
    const { appointment } = entry;
    const priority = appointment?.priority ?? "normal";
    return (
        <tr>
            <td className={`${CELL} whitespace-nowrap tabular-nums`}>
                {clockRange(entry.start, entry.end)}
            </td>
            <td className={`${CELL} font-semibold`}>
                {appointment?.userName}
                {priority !== "normal" && ` (${t(`priority.${priority}`)})`}
                {[appointment?.client?.phone, appointment?.client?.email].map(
                    (way) =>
                        way && (
                            <span key={way} className="block font-normal wrap-anywhere">
                                {way}
                            </span>
                        ),
                )}
            </td>
            <td className={CELL}>{appointment?.serviceTitle}</td>
            <td className={CELL}>{t(`status.${entryStatus(entry, now)}` as TextKey)}</td>
            <td className={`${CELL} break-words whitespace-pre-line`}>{appointment?.notes}</td>
        </tr>
    );
}

function Sheet({ provider, entries, now }: { provider: Provider; entries: Entry[]; now: number }) {
    return (
        <section aria-labelledby={provider.id} className="flex flex-col gap-2">
            <h2 id={provider.id} className="text-lg font-bold">
                {provider.name}
            </h2>
            <div
                className="overflow-x-auto"
                tabIndex={0}
                role="group"
                aria-labelledby={provider.id}
            >
                <table className="w-full min-w-150 border-collapse text-left">
                    <thead>
                        <tr>
                            {(["time", "client", "service", "status", "notes"] as const).map(
                                (column) => (
                                    <th key={column} scope="col" className={`${CELL} text-sm`}>
                                        {t(`print.${column}`)}
                                    </th>
                                ),
                            )}
                        </tr>
                    </thead>
                    <tbody>
                        {entries.map((entry) => (
                            <Row key={entry.key} entry={entry} now={now} />
                        ))}
                    </tbody>
                </table>
            </div>
        </section>
    );
}

/** A day on paper: one sheet for each provider. */
export default function PrintPage() {
    const [params] = useSearchParams();
    const now = useNow(60_000);
    const me = useUser();
    const [withFree, setWithFree] = useState(false);
    const asked = params.get("day");
    const day = isDay(asked) ? asked : dayKey(new Date(now));
    const providerId = me.providerId ?? params.get("providerId") ?? undefined;
    const providers = useProviders();
    const slots = useSlots({ first: day, last: day }, providerId);
    const appointments = useDayAppointments({ first: day, last: day }, providerId);
    const entries = entriesOf(slots.data ?? [], appointments.data ?? []).filter(
        (entry) => withFree || entryStatus(entry, now) !== "available",
    );
    const sheets = (providers.data ?? [])
        .map((provider) => ({
            provider,
            entries: entries.filter((entry) => entry.providerId === provider.id),
        }))
        .filter((sheet) => sheet.entries.length > 0);
    const error = providers.error ?? slots.error ?? appointments.error;
    const isLoading = providers.isPending || slots.isPending || appointments.isPending;
    const back = `/calendar?day=${day}${providerId ? `&providers=${providerId}` : ""}`;
    return (
        <Page
            title={longDay(noonOf(day))}
            width="wide"
            actions={
                <>
                    <Button asChild look="secondary">
                        <Link to={back}>
                            <ArrowLeft aria-hidden size={18} />
                            {t("nav.calendar")}
                        </Link>
                    </Button>
                    <Button onClick={() => window.print()} disabled={sheets.length === 0}>
                        <Printer aria-hidden size={18} />
                        {t("print.print")}
                    </Button>
                </>
            }
        >
            <label className="no-print flex min-h-11 items-center gap-3 self-start">
                <input
                    type="checkbox"
                    className="size-5 accent-accent"
                    checked={withFree}
                    onChange={(event) => setWithFree(event.target.checked)}
                />
                {t("print.withFree")}
            </label>
            {error && <ErrorNotice error={error} />}
            {isLoading && !error && <Skeleton />}
            {!isLoading && !error && sheets.length === 0 && <Empty title={t("print.nothing")} />}
            <div className="print-sheet flex flex-col gap-8">
                {sheets.map((sheet) => (
                    <Sheet key={sheet.provider.id} now={now} {...sheet} />
                ))}
            </div>
        </Page>
    );
}
