import type { Schemas } from "~/api/client";
import { t } from "~/text/staff";
import { ErrorNotice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { BAD, BarChart, GOOD } from "./BarChart";
import { Figures } from "./Figures";
import { useLockAnalytics } from "./locks";
import { chartDay, everyDay, usePeriod } from "./period";

type Analytics = Schemas["LockAnalytics"];

/** 95 seconds → 1:35 min */
function minutes(seconds: number): string {
    const whole = Math.round(seconds);
    return t("admin.locks.duration", {
        time: `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`,
    });
}

function ByUser({ found }: { found: Analytics }) {
    const most = Math.max(1, ...found.byUser.map(({ acquisitions }) => acquisitions));
    if (found.byUser.length === 0) return null;
    return (
        <Card>
            <h3 className="mb-2 font-bold">{t("admin.locks.byUser")}</h3>
            <table className="w-full text-left">
                <thead className="text-sm text-muted">
                    <tr>
                        <th scope="col" className="py-1 font-medium">
                            {t("admin.locks.person")}
                        </th>
                        <th scope="col" className="py-1 pl-3 text-right font-medium">
                            {t("admin.locks.acquired")}
                        </th>
                        <th scope="col" className="py-1 pl-3 text-right font-medium">
                            {t("admin.locks.average")}
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {found.byUser.map((user) => (
                        <tr key={user.userId} className="border-t border-line">
                            <th scope="row" className="w-1/2 py-2 font-medium wrap-anywhere">
                                {user.userName}
                                <svg
                                    aria-hidden
                                    viewBox="0 0 100 4"
                                    className="mt-1 h-1.5 w-full"
                                    preserveAspectRatio="none"
                                >
                                    <rect
                                        className="fill-accent"
                                        width={(user.acquisitions / most) * 100}
                                        height="4"
                                    />
                                </svg>
                            </th>
                            <td className="py-2 pl-3 text-right tabular-nums">
                                {user.acquisitions}
                            </td>
                            <td className="py-2 pl-3 text-right tabular-nums">
                                {minutes(user.averageDurationSeconds)}
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </Card>
    );
}

/** How edit locks were used: totals, by day and by person. */
export function EditLockUse() {
    const { days, chooser } = usePeriod();
    const { data: found, isPending, error, refetch } = useLockAnalytics(days);
    return (
        <section aria-labelledby="use" className="flex flex-col gap-4">
            <div className="flex flex-wrap items-center justify-between gap-3">
                <h2 id="use" className="text-xl font-bold">
                    {t("admin.locks.use")}
                </h2>
                {chooser}
            </div>
            {isPending && <Skeleton />}
            {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
            {found && (
                <>
                    <Figures
                        figures={[
                            {
                                label: t("admin.locks.acquired"),
                                value: String(found.totalAcquisitions),
                                about: t("admin.locks.renewals", { count: found.totalRenewals }),
                            },
                            {
                                label: t("admin.locks.average"),
                                value: minutes(found.averageDurationSeconds),
                            },
                            {
                                label: t("admin.locks.expired"),
                                value: String(found.totalExpired),
                                bad: found.totalExpired > 0,
                                about: t("admin.locks.expiredText"),
                            },
                            {
                                label: t("admin.locks.forced"),
                                value: String(found.totalForceReleases + found.totalTakeOvers),
                                about: t("admin.locks.users", { count: found.uniqueUsers }),
                            },
                        ]}
                    />
                    <Card>
                        <BarChart
                            title={t("admin.locks.byDay")}
                            of={t("admin.period.day")}
                            series={[
                                {
                                    key: "acquisitions",
                                    label: t("admin.locks.acquired"),
                                    ...GOOD,
                                },
                                { key: "expired", label: t("admin.locks.expired"), ...BAD },
                            ]}
                            bars={everyDay(found.byDay, found.from, found.to, (day) => ({
                                day,
                                acquisitions: 0,
                                expired: 0,
                            })).map(({ day, acquisitions, expired }) => ({
                                label: chartDay(day),
                                values: { acquisitions, expired },
                            }))}
                        />
                    </Card>
                    <ByUser found={found} />
                </>
            )}
        </section>
    );
}
