import { useState } from "react";
import { LockKeyholeOpen } from "lucide-react";
import { Link } from "react-router";
import type { Lock } from "~/api/problem";
import { useToast } from "~/app/useToast";
import { dayAndClock, countdown } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Empty } from "~/ui/Empty";
import { ErrorNotice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { EditLockUse } from "./EditLockUse";
import { useForceRelease, useHeldLocks } from "./locks";

function HeldRow({ lock, onEnd }: { lock: Lock; onEnd: () => void }) {
    const now = useNow();
    const left = (new Date(lock.expiresAt).getTime() - now) / 1000;
    const { name, email } = lock.userInfo;
    return (
        <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line py-3 last:border-0">
            <div className="min-w-0 flex-1 basis-56">
                <p className="font-semibold wrap-anywhere">{name}</p>
                <p className="text-sm wrap-anywhere text-muted">
                    {email} · {t("admin.locks.since", { time: dayAndClock(lock.createdAt) })}
                </p>
            </div>
            <span className="text-sm tabular-nums text-muted">
                {t("admin.locks.left", { time: countdown(left) })}
            </span>
            <div className="flex gap-2">
                <Button asChild look="secondary" size="small">
                    <Link to={`/appointments/${lock.appointmentId}`}>{t("admin.locks.see")}</Link>
                </Button>
                <Button
                    look="danger"
                    size="small"
                    aria-label={t("admin.locks.endOf", { name })}
                    onClick={onEnd}
                >
                    {t("admin.locks.end")}
                </Button>
            </div>
        </li>
    );
}

function EndDialog({ lock, onClose }: { lock: Lock; onClose: () => void }) {
    const toast = useToast();
    const { name } = lock.userInfo;
    const release = useForceRelease(() => {
        toast.done(t("admin.locks.ended", { name }));
        onClose();
    });
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={t("admin.locks.endTitle", { name })}
            description={t("admin.locks.endText")}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("admin.locks.keep")}
                    </Button>
                    <Button
                        look="danger"
                        busy={release.isPending}
                        onClick={() => release.mutate(lock.appointmentId)}
                    >
                        {t("admin.locks.endYes")}
                    </Button>
                </>
            }
        >
            {release.error && <ErrorNotice error={release.error} />}
        </Dialog>
    );
}

export default function EditLocksPage() {
    const held = useHeldLocks();
    const [ending, setEnding] = useState<Lock | null>(null);
    return (
        <Page title={t("nav.editLocks")} lead={t("admin.locks.lead")} width="wide">
            <section aria-labelledby="held" className="flex flex-col gap-3">
                <h2 id="held" className="text-xl font-bold">
                    {t("admin.locks.now")}
                </h2>
                {held.isPending && <Skeleton rows={2} />}
                {held.error && (
                    <ErrorNotice error={held.error} onRetry={() => void held.refetch()} />
                )}
                {held.data?.length === 0 && (
                    <Empty
                        icon={<LockKeyholeOpen size={32} />}
                        title={t("admin.locks.none")}
                        text={t("admin.locks.noneText")}
                    />
                )}
                {held.data && held.data.length > 0 && (
                    <Card className="py-1">
                        <ul aria-labelledby="held">
                            {held.data.map((lock) => (
                                <HeldRow
                                    key={lock.appointmentId}
                                    lock={lock}
                                    onEnd={() => setEnding(lock)}
                                />
                            ))}
                        </ul>
                    </Card>
                )}
            </section>
            <EditLockUse />
            {ending && <EndDialog lock={ending} onClose={() => setEnding(null)} />}
        </Page>
    );
}
