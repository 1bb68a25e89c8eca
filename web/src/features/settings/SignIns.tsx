import { useRef, useState } from "react";
import { rows } from "~/api/lists";
import { useToast } from "~/app/useToast";
import { deviceOf } from "~/features/account/devices";
import {
    useEndOtherSignIns,
    useEndSignIn,
    useSignIns,
    type SignIn,
} from "~/features/account/signIns";
import { useLeave } from "~/features/account/useLeave";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/account";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { ErrorNotice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";

/** Where one is signed in, each with a way to end it. */
export function SignIns() {
    const kept = useSignIns();
    const list = useRef<HTMLUListElement>(null);
    const signIns = rows(kept.data);
    // The button that was tapped goes with its row.
    const focusList = () => list.current?.focus();
    if (kept.isPending) return <Skeleton rows={2} className="h-16" />;
    if (!kept.data) return <ErrorNotice error={kept.error} onRetry={() => void kept.refetch()} />;
    return (
        <div className="flex flex-col gap-4">
            <ul
                ref={list}
                tabIndex={-1}
                aria-label={t("signIns.title")}
                className="flex flex-col divide-y divide-line outline-none"
            >
                {signIns.map((one) => (
                    <Row key={one.id} signIn={one} onEnded={focusList} />
                ))}
            </ul>
            {kept.hasNextPage && (
                <Button
                    look="secondary"
                    className="self-start"
                    busy={kept.isFetchingNextPage}
                    onClick={() => void kept.fetchNextPage()}
                >
                    {t("app.more")}
                </Button>
            )}
            {signIns.some(({ current }) => !current) && <EndOthers onEnded={focusList} />}
        </div>
    );
}

function Row({ signIn, onEnded }: { signIn: SignIn; onEnded: () => void }) {
    const end = useEndSignIn();
    const toast = useToast();
    const { ask } = useLeave();
    const device = deviceOf(signIn);
    const { lastUsedAt, address, current } = signIn;
    const endIt = () =>
        end.mutate(signIn, {
            onSuccess: () => {
                toast.done(t("signIns.ended", { device }));
                onEnded();
            },
            onError: toast.failed,
        });
    return (
        <li className="flex items-center gap-3 py-3 first:pt-0 last:pb-0">
            <div className="min-w-0 flex-1">
                <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-semibold wrap-anywhere">
                    {device}
                    {current && <Badge tone="accent">{t("signIns.this")}</Badge>}
                </p>
                <p className="text-sm text-muted tabular-nums wrap-anywhere">
                    {t("signIns.used", { time: dayAndClock(lastUsedAt) })}
                    {address && (
                        <>
                            {" "}
                            <span className="inline-block">
                                {t("signIns.address", { address })}
                            </span>
                        </>
                    )}
                </p>
            </div>
            {current ? (
                <Button look="secondary" size="small" onClick={ask}>
                    {t("nav.signOut")}
                </Button>
            ) : (
                <Button
                    look="secondary"
                    size="small"
                    aria-label={t("signIns.endOf", { device })}
                    busy={end.isPending}
                    onClick={endIt}
                >
                    {t("signIns.end")}
                </Button>
            )}
        </li>
    );
}

function EndOthers({ onEnded }: { onEnded: () => void }) {
    const [isAsking, setAsking] = useState(false);
    const end = useEndOtherSignIns();
    const toast = useToast();
    const endThem = () =>
        end.mutate(undefined, {
            onSuccess: () => {
                toast.done(t("signIns.othersDone"));
                setAsking(false);
                onEnded();
            },
        });
    return (
        <>
            <Button look="danger" className="self-start" onClick={() => setAsking(true)}>
                {t("signIns.others")}
            </Button>
            <Dialog
                open={isAsking}
                onOpenChange={(open) => {
                    end.reset();
                    setAsking(open);
                }}
                title={t("signIns.othersTitle")}
                description={t("signIns.othersText")}
                footer={
                    <>
                        <Button look="secondary" onClick={() => setAsking(false)}>
                            {t("signIns.othersNo")}
                        </Button>
                        <Button look="danger" busy={end.isPending} onClick={endThem}>
                            {t("signIns.othersYes")}
                        </Button>
                    </>
                }
            >
                {end.isError && <ErrorNotice error={end.error} />}
            </Dialog>
        </>
    );
}
