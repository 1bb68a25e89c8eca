import { lazy, Suspense, useState } from "react";
import { Link, useNavigate } from "react-router";
import { Problem } from "~/api/problem";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { useMe } from "~/features/account/session";
import { Countdown } from "~/features/appointments/Countdown";
import type { Provider, Service } from "~/features/catalogue/queries";
import type { Timeslot } from "~/features/finding/availability";
import { useNow } from "~/lib/useNow";
import { withRetry } from "~/lib/withRetry";
import { useIsOffline } from "~/offline";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { Booked, BookedBefore } from "./Booked";
import type { Wanted } from "./differences";
import type { Draft, Target } from "./draftSlice";
import { NotesField } from "./NotesField";
import { AskedForLater, OfflineBooking } from "./OfflineBooking";
import { SignInFirst } from "./SignInFirst";
import { isWithdrawn, useConfirm } from "./useConfirm";
import { useReservation } from "./useReservation";

// Dialogs are no part of the first screen.
const ConflictDialog = lazy(
    withRetry(async () => ({
        default: (await import("./ConflictDialog")).ConflictDialog,
    })),
);

const TICK_MS = 500;

type Props = {
    target: Target;
    service: Service;
    provider: Provider;
    /** When it is; unknown for a link that does not say it, until it is looked up. */
    period: { start: string; end: string } | undefined;
    draft: Draft;
};

/** Reserve, countdown, confirm: one page whose lower part changes, and keeps what was written. */
export function Booking({ target, service, provider, period, draft }: Props) {
    const me = useMe();
    const isOffline = useIsOffline();
    const { reserving, extending } = useReservation(target, Boolean(me));
    const confirmation = useConfirm();
    const { confirming } = confirmation;
    if (confirming.data) return <Booked appointment={confirming.data} />;
    if (draft.appointmentId) return <BookedBefore id={draft.appointmentId} />;
    if (me === null) return <SignInFirst />;
    if (draft.isQueued) {
        return (
            <Card className="flex flex-col gap-4 p-5">
                <AskedForLater />
            </Card>
        );
    }
    const mustWait = isOffline && period && !draft.reserved && !draft.attempt;
    if (mustWait) {
        return (
            <Card className="flex flex-col gap-4 p-5">
                <OfflineBooking
                    draft={draft}
                    service={service}
                    provider={provider}
                    period={period}
                />
            </Card>
        );
    }
    const price = draft.price ?? { priceCents: service.priceCents, currency: service.currency };
    const withdrawn = [confirming.error, extending.error].find(isWithdrawn);
    return (
        <Card className="flex flex-col gap-4 p-5">
            <Standing
                draft={draft}
                reserving={reserving}
                extending={extending}
                confirmation={confirmation}
            />
            <Refused
                error={withdrawn ?? reserving.error}
                wanted={period && { ...period, ...price, providerName: provider.name }}
                target={target}
                onRetry={() => reserving.mutate()}
            />
        </Card>
    );
}

type StandingProps = Pick<ReturnType<typeof useReservation>, "reserving" | "extending"> & {
    draft: Draft;
    confirmation: ReturnType<typeof useConfirm>;
};

/** How it stands with the reservation, the notes, and what can be done now. */
function Standing({ draft, reserving, extending, confirmation }: StandingProps) {
    const dispatch = useAppDispatch();
    const now = useNow(TICK_MS);
    const { confirming, confirm, askAgain } = confirmation;
    const { reserved, attempt } = draft;
    const secondsLeft = reserved ? (reserved.deadline - now) / 1000 : 0;
    const isLive = secondsLeft > 0;
    const isUnheard = attempt !== null && !confirming.isPending;
    if (!reserved && !attempt && (reserving.isIdle || reserving.isPending))
        return <Skeleton rows={2} className="h-12" />;
    const isWithdrawnNow = [confirming.error, extending.error].some(isWithdrawn);
    if ((reserving.isError || isWithdrawnNow) && !isLive && !attempt) return null;
    const extend = () => {
        if (!reserved) return;
        extending.mutate(reserved.token, {
            onSuccess: () => dispatch(toastShown(t("book.extended"))),
        });
    };
    return (
        <>
            {isLive && <Countdown secondsLeft={secondsLeft} />}
            {!isLive && !attempt && <Notice tone="warning">{t("book.expired")}</Notice>}
            {isUnheard && <Notice tone="warning">{t("book.unheard")}</Notice>}
            {confirming.isError && !isUnheard && isLive && <ErrorNotice error={confirming.error} />}
            {extending.isError && isLive && <ErrorNotice error={extending.error} />}
            <NotesField draft={draft} />
            <div className="flex flex-col gap-2 sm:flex-row sm:flex-wrap">
                {!isLive && !attempt && (
                    <Button busy={reserving.isPending} onClick={() => reserving.mutate()}>
                        {t("book.reserveAgain")}
                    </Button>
                )}
                {isUnheard ? (
                    <Button onClick={askAgain}>{t("app.tryAgain")}</Button>
                ) : (
                    <Button
                        disabled={!isLive && !attempt}
                        busy={confirming.isPending}
                        onClick={confirm}
                    >
                        {t("book.confirm")}
                    </Button>
                )}
                {isLive && !attempt && (reserved?.extensionsLeft ?? 0) > 0 && (
                    <Button look="secondary" busy={extending.isPending} onClick={extend}>
                        {t("book.moreTime")}
                    </Button>
                )}
            </div>
        </>
    );
}

type RefusedProps = {
    error: unknown;
    wanted: Wanted | undefined;
    target: Target;
    onRetry: () => void;
};

/** The time cannot be reserved: others instead, or what to do. */
function Refused({ error, wanted, target, onRetry }: RefusedProps) {
    const navigate = useNavigate();
    const [closedFor, setClosedFor] = useState<unknown>(null);
    if (!(error instanceof Problem)) return null;
    const isTaken = "alternatives" in error.details;
    const { providerId, serviceId } = target;
    const pick = ({ id, start }: Timeslot) => {
        const query = new URLSearchParams({ providerId, serviceId, start });
        void navigate(`/book/${id}?${query}`, { replace: true });
    };
    return (
        <>
            <ErrorNotice error={error} {...(isTaken ? {} : { onRetry })} />
            <div className="flex flex-col gap-2 sm:flex-row">
                {isTaken && wanted && (
                    <Button onClick={() => setClosedFor(null)}>{t("book.seeOthers")}</Button>
                )}
                <Button asChild look="secondary">
                    <Link to={`/find?service=${serviceId}&provider=${providerId}`}>
                        {t("book.otherDays")}
                    </Link>
                </Button>
            </div>
            {isTaken && wanted && (
                <Suspense>
                    <ConflictDialog
                        open={closedFor !== error}
                        onOpenChange={(open) => setClosedFor(open ? null : error)}
                        problem={error}
                        wanted={wanted}
                        onPick={pick}
                    />
                </Suspense>
            )}
        </>
    );
}
