import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, data, type Schemas } from "~/api/client";
import { money } from "~/lib/money";
import { shortDay } from "~/lib/time";
import { locale } from "~/lib/locale";
import { t } from "~/text/staff";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { BAD, BarChart, GOOD } from "./BarChart";
import { Figures } from "./Figures";
import { chartDay, lastDays, usePeriod, type Days } from "./period";

type Analytics = Schemas["BookingAnalytics"];

function useBookingAnalytics(days: Days) {
    return useQuery({
        queryKey: ["analytics", "bookings", days],
        placeholderData: keepPreviousData,
        queryFn: () =>
            data(api.GET("/api/v1/analytics/bookings", { params: { query: lastDays(days) } })),
    });
}

const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });

function Fees({ fees }: { fees: Analytics["fees"] }) {
    if (fees.length === 0) return <p className="text-muted">{t("admin.analytics.noFees")}</p>;
    return (
        <div className="overflow-x-auto" tabIndex={0} role="region" aria-labelledby="fees">
            <table className="w-full text-left">
                <thead className="text-sm text-muted">
                    <tr>
                        {(["currency", "cancellationFees", "noShowFees", "refunds"] as const).map(
                            (column, index) => (
                                <th
                                    key={column}
                                    scope="col"
                                    className={index ? "py-1 pl-4 text-right" : "py-1"}
                                >
                                    {t(`admin.analytics.${column}`)}
                                </th>
                            ),
                        )}
                    </tr>
                </thead>
                <tbody className="tabular-nums">
                    {fees.map((fee) => (
                        <tr key={fee.currency} className="border-t border-line">
                            <th scope="row" className="py-2 font-medium">
                                {fee.currency}
                            </th>
                            {[fee.cancellationFeeCents, fee.noShowFeeCents, fee.refundCents].map(
                                (cents, index) => (
                                    <td key={index} className="py-2 pl-4 text-right">
                                        {money(cents, fee.currency)}
                                    </td>
                                ),
                            )}
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

function Found({ found }: { found: Analytics }) {
    const { totals } = found;
    const bars = (first: keyof typeof totals, second: keyof typeof totals) =>
        found.byDay.map((day) => ({
            label: chartDay(day.day),
            values: { [first]: day[first], [second]: day[second] },
        }));
    const charts = [
        ["bookings", "cancellations"],
        ["reservationsMade", "reservationsExpired"],
        ["reschedules", "rescheduleFailures"],
    ] as const;
    return (
        <>
            {!found.isComplete && (
                <Notice tone="warning">
                    {t("admin.analytics.incomplete", { day: shortDay(found.from) })}
                </Notice>
            )}
            <h2 className="sr-only">{t("admin.analytics.totals")}</h2>
            <Figures
                figures={[
                    {
                        label: t("admin.analytics.bookings"),
                        value: String(totals.bookings),
                        about: t("admin.analytics.requests", { count: totals.requests }),
                    },
                    {
                        label: t("admin.analytics.cancellations"),
                        value: String(totals.cancellations),
                        about: t("admin.analytics.noShows", { count: totals.noShows }),
                    },
                    {
                        label: t("admin.analytics.expiryRate"),
                        value: found.expiryRate === null ? "–" : percent.format(found.expiryRate),
                        about: t("admin.analytics.expiredOf", {
                            expired: totals.reservationsExpired,
                            made: totals.reservationsMade,
                        }),
                    },
                    {
                        label: t("admin.analytics.rescheduleFailures"),
                        value: String(totals.rescheduleFailures),
                        bad: totals.rescheduleFailures > 0,
                        about: t("admin.analytics.rescheduled", { count: totals.reschedules }),
                    },
                ]}
            />
            {charts.map(([first, second]) => (
                <Card key={first}>
                    <BarChart
                        title={t(`admin.analytics.chart.${first}`)}
                        of={t("admin.period.day")}
                        series={[
                            { key: first, label: t(`admin.analytics.${first}`), ...GOOD },
                            { key: second, label: t(`admin.analytics.${second}`), ...BAD },
                        ]}
                        bars={bars(first, second)}
                    />
                </Card>
            ))}
            <Card>
                <h2 id="fees" className="mb-2 font-bold">
                    {t("admin.analytics.fees")}
                </h2>
                <Fees fees={found.fees} />
            </Card>
            <p className="text-sm text-muted">
                {t("admin.analytics.latency")}{" "}
                <a className="font-semibold text-accent underline" href="/metrics">
                    /metrics
                </a>
            </p>
        </>
    );
}

export default function AnalyticsPage() {
    const { days, chooser } = usePeriod();
    const { data: found, isPending, error, refetch } = useBookingAnalytics(days);
    return (
        <Page
            title={t("nav.analytics")}
            lead={t("admin.analytics.lead")}
            width="wide"
            actions={chooser}
        >
            {isPending && <Skeleton />}
            {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
            {found && <Found found={found} />}
        </Page>
    );
}
