import { ConflictList, countOf, type Conflicts } from "~/features/publish/Conflicts";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Notice } from "~/ui/Notice";

/** What a change of a provider or service did besides. */
export type Effect = Partial<Conflicts> & { affectedAppointments?: number | null };

export function isWorthTelling({ conflicts, affectedAppointments }: Effect): boolean {
    return conflicts !== undefined || (affectedAppointments ?? 0) > 0;
}

type Props = { name: string; effect: Effect; zone: string | undefined; onClose: () => void };

/** Tells what stays although something was changed: appointments, and times outside of hours. */
export function AfterChange({ name, effect, zone, onClose }: Props) {
    const { conflicts, conflictsTotal, affectedAppointments } = effect;
    const outside = conflicts && { conflicts, conflictsTotal: conflictsTotal ?? null };
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={t("admin.catalogue.after.title", { name })}
            footer={<Button onClick={onClose}>{t("admin.catalogue.after.close")}</Button>}
        >
            {Boolean(affectedAppointments) && (
                <Notice tone="warning">
                    {t("admin.catalogue.after.inactive", { count: affectedAppointments ?? 0 })}
                </Notice>
            )}
            {outside && <p>{t("admin.catalogue.after.laid")}</p>}
            {outside && outside.conflicts.length > 0 && (
                <Notice tone="warning">
                    <p className="mb-2">
                        {t("publish.conflict.outside", { count: countOf(outside) })}
                    </p>
                    <ConflictList found={outside} zone={zone} />
                </Notice>
            )}
        </Dialog>
    );
}
