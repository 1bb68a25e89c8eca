import { useState } from "react";
import { Pause, Play, RotateCw } from "lucide-react";
import { useToast } from "~/app/useToast";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/steering";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { ErrorNotice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";
import { ChannelIcon } from "./ChannelIcon";
import { laneName } from "./laneName";
import { useLanes, useSteerLane, type Lane } from "./queries";

type Verb = "pause" | "resume";

function LaneState({ lane }: { lane: Lane }) {
    if (lane.state === "stopped") return <Badge tone="amber">{t("lanes.stopped")}</Badge>;
    if (lane.state === "needs_attention")
        return <Badge tone="red">{t("lanes.needs_attention")}</Badge>;
    if (lane.failingSince) {
        return (
            <Badge tone="red">{t("lanes.failing", { time: dayAndClock(lane.failingSince) })}</Badge>
        );
    }
    return <Badge tone="accent">{t("lanes.open")}</Badge>;
}

const isInTrouble = ({ state, failingSince }: Lane) => state !== "open" || Boolean(failingSince);

type RowProps = { lane: Lane; name: string; busy: boolean; onSteer: (verb: Verb) => void };

function Row({ lane, name, busy, onSteer }: RowProps) {
    const isStopped = lane.state !== "open";
    return (
        <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line py-3 last:border-0">
            <ChannelIcon channel={lane.channel} />
            <div className="min-w-0 flex-1 basis-48">
                <p className="font-semibold wrap-anywhere">{name}</p>
                <p className="text-sm text-muted">
                    {lane.waiting > 0
                        ? t("lanes.waiting", { count: lane.waiting })
                        : t("lanes.nothingWaits")}
                    {lane.pausedUntil &&
                        ` · ${t("lanes.pausing", { time: dayAndClock(lane.pausedUntil) })}`}
                </p>
            </div>
            <LaneState lane={lane} />
            <div className="flex gap-2">
                {!isStopped && lane.pausedUntil && (
                    <Button
                        look="secondary"
                        size="small"
                        busy={busy}
                        aria-label={t("lanes.retryOf", { name })}
                        onClick={() => onSteer("resume")}
                    >
                        <RotateCw aria-hidden size={16} />
                        {t("lanes.retry")}
                    </Button>
                )}
                <Button
                    look={isStopped ? "primary" : "secondary"}
                    size="small"
                    busy={busy}
                    aria-label={t(isStopped ? "lanes.resumeOf" : "lanes.pauseOf", { name })}
                    onClick={() => onSteer(isStopped ? "resume" : "pause")}
                >
                    {isStopped ? <Play aria-hidden size={16} /> : <Pause aria-hidden size={16} />}
                    {t(isStopped ? "lanes.resume" : "lanes.pause")}
                </Button>
            </div>
        </li>
    );
}

/** Where messages queue together, with a way to hold them back. */
export function Lanes({ endpointNames }: { endpointNames: ReadonlyMap<string, string> }) {
    const lanes = useLanes();
    const [isOpen, setOpen] = useState(false);
    const steer = useSteerLane();
    const toast = useToast();
    const act = (lane: Lane, name: string, verb: Verb) =>
        steer.mutate(
            { id: lane.id, verb },
            {
                onSuccess: () =>
                    toast.done(t(verb === "pause" ? "lanes.paused" : "lanes.resumed", { name })),
                onError: toast.failed,
            },
        );
    const troubled = (lanes.data ?? []).filter(isInTrouble);
    return (
        <details
            // Opens by itself when something is in trouble, and stays open afterwards.
            open={isOpen || troubled.length > 0}
            onToggle={(event) => setOpen(event.currentTarget.open)}
            className="rounded-card border border-line bg-surface px-4 py-2"
        >
            <summary className="min-h-9 cursor-pointer content-center font-medium">
                <h2 id="lanes" className="inline">
                    {t("lanes.title")}
                </h2>
                {lanes.data && lanes.data.length > 0 && (
                    <span className="ml-2 font-normal text-muted">
                        {troubled.length > 0
                            ? t("lanes.troubled", { count: troubled.length })
                            : t("lanes.allOpen", { count: lanes.data.length })}
                    </span>
                )}
            </summary>
            <p className="text-sm text-muted">{t("lanes.lead")}</p>
            {lanes.isPending && <Skeleton rows={2} />}
            {lanes.error && (
                <ErrorNotice error={lanes.error} onRetry={() => void lanes.refetch()} />
            )}
            {lanes.data?.length === 0 && <p className="text-muted">{t("lanes.noneText")}</p>}
            {lanes.data && lanes.data.length > 0 && (
                <ul aria-labelledby="lanes">
                    {lanes.data.map((lane) => {
                        const name = laneName(lane, endpointNames.get(lane.endpointId ?? ""));
                        return (
                            <Row
                                key={lane.id}
                                lane={lane}
                                name={name}
                                busy={steer.isPending && steer.variables.id === lane.id}
                                onSteer={(verb) => act(lane, name, verb)}
                            />
                        );
                    })}
                </ul>
            )}
        </details>
    );
}
