import { lazy, Suspense, useState } from "react";
import { CalendarClock, CircleCheck, HandHeart } from "lucide-react";
import { useParams } from "react-router";
import { Problem } from "~/api/problem";
import { Facts } from "~/features/appointments/Facts";
import { whyText } from "~/features/appointments/useAct";
import { useNoIndex } from "~/lib/useNoIndex";
import { useNow } from "~/lib/useNow";
import { withRetry } from "~/lib/withRetry";
import { t } from "~/text/account";
import { StatusBadge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { ManageCancel } from "./ManageCancel";
import { useConfirm, useManaged, type Managed } from "./managed";

const ManageMove = lazy(withRetry(() => import("./ManageMove")));

/** Where a mail leads: one appointment, for its client, on any device and without signing in. */
export default function ManagePage() {
    useNoIndex();
    const { token = "" } = useParams();
    const managed = useManaged(token);
    const isVoid = managed.error instanceof Problem && managed.error.status === 404;
    return (
        <Page title={managed.data?.appointment.serviceTitle ?? t("manage.title")} width="narrow">
            {managed.isPending && <Skeleton rows={2} className="h-40" />}
            {isVoid && <Empty title={t("manage.void")} text={t("manage.voidText")} />}
            {managed.isError && !isVoid && (
                <ErrorNotice error={managed.error} onRetry={() => void managed.refetch()} />
            )}
            {managed.data && !isVoid && <Shown token={token} managed={managed.data} />}
        </Page>
    );
}

type Props = { token: string; managed: Managed };

function Shown({ token, managed }: Props) {
    const { appointment, canCancel, canReschedule } = managed;
    const [asks, setAsks] = useState<"cancel" | "move" | null>(null);
    const now = useNow(30_000);
    const close = () => setAsks(null);
    const isDone = !canCancel && !canReschedule;
    return (
        <>
            <div className="-mt-3">
                <StatusBadge status={appointment.status} />
            </div>
            <Coming token={token} managed={managed} />
            <Facts appointment={appointment} now={now} />
            {isDone && <Notice>{t("manage.nothingToDo")}</Notice>}
            {!isDone && (
                <div className="flex flex-col gap-2">
                    {canReschedule && (
                        <Button look="secondary" onClick={() => setAsks("move")}>
                            <CalendarClock aria-hidden size={18} />
                            {t("manage.move")}
                        </Button>
                    )}
                    {canCancel && (
                        <Button look="danger" onClick={() => setAsks("cancel")}>
                            {t("manage.cancel")}
                        </Button>
                    )}
                </div>
            )}
            <p className="text-center text-sm text-muted">{t("manage.private")}</p>
            {asks === "cancel" && <ManageCancel token={token} managed={managed} onClose={close} />}
            {asks === "move" && (
                <Suspense fallback={null}>
                    <ManageMove token={token} managed={managed} onClose={close} />
                </Suspense>
            )}
        </>
    );
}

/** One tap says that one will come. */
function Coming({ token, managed }: Props) {
    const { appointment, canConfirmAttendance } = managed;
    const provider = appointment.providerName;
    const confirm = useConfirm(token);
    if (appointment.status === "confirmed" && appointment.clientConfirmedAt) {
        return (
            <p role="status" className="flex items-center gap-2 font-medium text-accent">
                <CircleCheck aria-hidden size={20} className="shrink-0" />
                {t("appointments.attended", { provider })}
            </p>
        );
    }
    if (!canConfirmAttendance) return null;
    return (
        <div className="flex flex-col gap-3 rounded-card bg-accent-soft p-4">
            <p className="font-medium text-accent">{t("appointments.attendText", { provider })}</p>
            {confirm.isError && <Notice tone="error">{whyText(confirm.error)}</Notice>}
            <Button
                busy={confirm.isPending}
                onClick={() => confirm.mutate({ version: appointment.version })}
            >
                <HandHeart aria-hidden size={18} />
                {t("appointments.attend")}
            </Button>
        </div>
    );
}
