import type { Schemas } from "~/api/client";
import { t } from "~/text/steering";
import { Badge } from "~/ui/Badge";

type Consumer = Schemas["FollowingConsumer"];

/** So many events wait for a moment when many people book at once. */
const MUCH = 1000;

function Lag({ lagEvents }: Consumer) {
    if (lagEvents === 0) return <Badge tone="accent">{t("bus.upToDate")}</Badge>;
    return (
        <Badge tone={lagEvents > MUCH ? "amber" : "neutral"}>
            {t("bus.behind", { count: lagEvents })}
        </Badge>
    );
}

/** What consumers read events from, and how far each of them is. */
export function Bus({ bus }: { bus: Schemas["BusSummary"] }) {
    const isBehind = bus.consumers.some(({ lagEvents, gaps }) => lagEvents > MUCH || gaps > 0);
    return (
        <details
            open={isBehind || undefined}
            className="rounded-card border border-line bg-surface px-4 py-2"
        >
            <summary className="min-h-9 cursor-pointer content-center font-medium">
                <h2 id="bus" className="inline">
                    {t("bus.title")}
                </h2>
                <span className="ml-2 font-normal text-muted">{t(`bus.kind.${bus.kind}`)}</span>
            </summary>
            <p className="text-sm text-muted">{t("bus.lead")}</p>
            {bus.consumers.length === 0 && <p className="text-muted">{t("bus.none")}</p>}
            <ul aria-labelledby="bus">
                {bus.consumers.map((consumer) => (
                    <li
                        key={consumer.name}
                        className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line py-3 last:border-0"
                    >
                        <div className="min-w-0 flex-1 basis-48">
                            <p className="font-semibold">{t(`bus.consumer.${consumer.name}`)}</p>
                            <p className="text-sm text-muted tabular-nums">
                                {t("bus.position", { position: consumer.position })}
                                {consumer.gaps > 0 && (
                                    <span className="text-red">
                                        {" · "}
                                        {t("bus.gaps", { count: consumer.gaps })}
                                    </span>
                                )}
                            </p>
                        </div>
                        <Lag {...consumer} />
                    </li>
                ))}
            </ul>
        </details>
    );
}
