import { useState } from "react";
import { Link } from "react-router";
import { newKey } from "~/api/client";
import { useToast } from "~/app/useToast";
import type { Appointment } from "~/features/appointments/queries";
import { useFacilities, useProviders } from "~/features/catalogue/queries";
import { clockRange, dayAndClock, dayKey } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { t } from "~/text/staff";
import { StatusBadge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Select } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";
import { AnswerProblem } from "./AnswerProblem";
import { Elsewhere } from "./Elsewhere";
import { useAccept, useSlotsAround, type Acceptance } from "./queries";
import { standingOf, type Standing } from "./standing";

type PartProps = {
    request: Appointment;
    accept: (into: Acceptance["into"]) => void;
    busy: boolean;
};

/** A slot is made for the wish, at one of the provider's places. */
function PublishPart({ request, accept, busy }: PartProps) {
    const provider = useProviders().data?.find((one) => one.id === request.providerId);
    const places = (useFacilities().data ?? []).filter(({ id }) =>
        provider?.facilityIds.includes(id),
    );
    const [chosen, setChosen] = useState(request.facilityId ?? "");
    const [publishKey] = useState(newKey);
    const facilityId = chosen || places[0]?.id;
    return (
        <div className="flex flex-col gap-4">
            <Notice>{t("requests.unpublished")}</Notice>
            {places.length > 1 && (
                <Select
                    label={t("requests.place")}
                    value={facilityId}
                    onChange={(event) => setChosen(event.target.value)}
                >
                    {places.map(({ id, name }) => (
                        <option key={id} value={id}>
                            {name}
                        </option>
                    ))}
                </Select>
            )}
            <Button
                busy={busy}
                disabled={!facilityId}
                onClick={() => {
                    if (facilityId) accept({ facilityId, publishKey });
                }}
            >
                {t("requests.publishAndAccept")}
            </Button>
        </div>
    );
}

function InTheWay({
    slots,
    request,
}: {
    slots: { start: string; end: string; id: string; status: string }[];
    request: Appointment;
}) {
    const day = dayKey(request.start);
    return (
        <div className="flex flex-col gap-3">
            <Notice tone="warning">{t("requests.inTheWay")}</Notice>
            <ul className="flex flex-col gap-2">
                {slots.map(({ id, start, end, status }) => (
                    <li key={id} className="flex items-center gap-3">
                        <StatusBadge status={status} />
                        {clockRange(start, end)}
                    </li>
                ))}
            </ul>
            <Button asChild look="secondary">
                <Link to={`/calendar?day=${day}&providers=${request.providerId}`}>
                    {t("requests.seeCalendar")}
                </Link>
            </Button>
        </div>
    );
}

function Choice({ standing, ...part }: PartProps & { standing: Standing }) {
    const { request, accept, busy } = part;
    switch (standing.kind) {
        case "free":
            return (
                <Button
                    busy={busy}
                    onClick={() => accept({ slot: standing.slot, mustOpen: false })}
                >
                    {t("requests.acceptInto", {
                        slot: clockRange(standing.slot.start, standing.slot.end),
                    })}
                </Button>
            );
        case "blocked":
            return (
                <div className="flex flex-col gap-3">
                    <Notice tone="warning">{t("requests.blocked")}</Notice>
                    <Button
                        busy={busy}
                        onClick={() => accept({ slot: standing.slot, mustOpen: true })}
                    >
                        {t("requests.openAndAccept")}
                    </Button>
                </div>
            );
        case "unpublished":
            return <PublishPart {...part} />;
        case "in_the_way":
            return <InTheWay slots={standing.slots} request={request} />;
        case "past":
            return <Notice tone="warning">{t("requests.past")}</Notice>;
    }
}

function Accepting({ request, onClose }: { request: Appointment; onClose: () => void }) {
    const around = useSlotsAround(request);
    const now = useNow();
    const accept = useAccept();
    const toast = useToast();
    if (around.isPending) return <Skeleton rows={1} />;
    if (around.isError)
        return <ErrorNotice error={around.error} onRetry={() => void around.refetch()} />;
    const standing = standingOf(request, around.data, now);
    const acceptInto = (into: Acceptance["into"]) =>
        accept.mutate(
            { request, into },
            {
                onSuccess: ({ start }) => {
                    toast.done(
                        t("moveTo" in into ? "requests.movedTo" : "requests.accepted", {
                            name: request.userName,
                            time: dayAndClock(start),
                        }),
                    );
                    onClose();
                },
            },
        );
    return (
        <>
            {accept.isError && <AnswerProblem error={accept.error} />}
            <Choice
                standing={standing}
                request={request}
                busy={accept.isPending}
                accept={acceptInto}
            />
            {standing.kind !== "free" && (
                <Elsewhere
                    request={request}
                    busy={accept.isPending}
                    onPick={(moveTo) => acceptInto({ moveTo })}
                />
            )}
        </>
    );
}

type Props = { request: Appointment | null; onClose: () => void };

/** Accepts a request into the slot of its time, or into one that is made for it. */
export function AcceptDialog({ request, onClose }: Props) {
    return (
        <Dialog
            open={request !== null}
            onOpenChange={(isOpen) => {
                if (!isOpen) onClose();
            }}
            title={t("requests.acceptTitle")}
            description={
                request &&
                t("requests.acceptLead", {
                    name: request.userName,
                    service: request.serviceTitle,
                    provider: request.providerName,
                    time: dayAndClock(request.start),
                })
            }
        >
            {request && <Accepting key={request.id} request={request} onClose={onClose} />}
        </Dialog>
    );
}
