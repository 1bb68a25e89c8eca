import { useId, type SubmitEvent } from "react";
import { Copy } from "lucide-react";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import type { Appointment } from "~/features/appointments/queries";
import { useProviders, useServices } from "~/features/catalogue/queries";
import { money } from "~/lib/money";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Field, Select, TextArea } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { conflicts, shownValues, updatedByOthers, valuesOf, type Draft } from "./draft";
import { fieldNames } from "./fieldNames";
import type { DraftKeeper } from "./useDraft";

const NOTES_MAXIMUM = 4000;
const REASON_MAXIMUM = 500;

type Props = {
    appointment: Appointment;
    draft: Draft;
    drafts: DraftKeeper;
    /** False when the edit lock is gone: what was typed stays to be read and copied. */
    isEditable: boolean;
    isSaving: boolean;
    error: Error | null;
    onSave: () => void;
    onStop: () => void;
};

/** The services that the provider offers, and the present one. */
function useOffered(appointment: Appointment) {
    const services = useServices().data ?? [];
    const provider = useProviders().data?.find((one) => one.id === appointment.providerId);
    return services.filter(
        ({ id, isActive }) =>
            id === appointment.serviceId || (isActive && provider?.serviceIds.includes(id)),
    );
}

/** Notes, priority and service; times move by rescheduling. */
export function EditForm(props: Props) {
    const { appointment, draft, drafts, isEditable, isSaving, error, onSave, onStop } = props;
    const dispatch = useAppDispatch();
    const headingId = useId();
    const server = valuesOf(appointment);
    const values = shownValues(draft, server);
    const contested = conflicts(draft, server);
    const updated = updatedByOthers(draft, server);
    const services = useOffered(appointment);
    const mayChangeService =
        appointment.status === "requested" || appointment.status === "confirmed";
    const submit = (event: SubmitEvent) => {
        event.preventDefault();
        if (isEditable) onSave();
    };
    const copy = async () => {
        await navigator.clipboard.writeText(values.notes);
        dispatch(toastShown(t("app.copied")));
    };
    return (
        <form onSubmit={submit} aria-labelledby={headingId} className="flex flex-col gap-4">
            <h2 id={headingId} className="text-lg font-bold">
                {t(isEditable ? "editor.editTitle" : "editor.yourText")}
            </h2>
            {updated.length > 0 && (
                <Notice>{t("editor.updatedByOthers", { fields: fieldNames(updated) })}</Notice>
            )}
            {contested.length > 0 && (
                <Notice tone="warning">
                    {t("editor.contested", { fields: fieldNames(contested) })}
                </Notice>
            )}
            <div className="grid gap-4 sm:grid-cols-2">
                <Select
                    label={t("editor.priority")}
                    value={values.priority}
                    autoFocus={isEditable}
                    disabled={!isEditable}
                    onChange={(event) =>
                        drafts.edit("priority", event.target.value as Appointment["priority"])
                    }
                >
                    {(["normal", "vip", "urgent"] as const).map((priority) => (
                        <option key={priority} value={priority}>
                            {t(`priority.${priority}`)}
                        </option>
                    ))}
                </Select>
                <Select
                    label={t("editor.service")}
                    value={values.serviceId}
                    disabled={!isEditable || !mayChangeService}
                    hint={mayChangeService ? undefined : t("editor.serviceFixed")}
                    onChange={(event) => drafts.edit("serviceId", event.target.value)}
                >
                    {services.length === 0 && (
                        <option value={values.serviceId}>{appointment.serviceTitle}</option>
                    )}
                    {services.map((service) => (
                        <option key={service.id} value={service.id}>
                            {`${service.title} · ${t("editor.minutes", { count: service.durationMinutes })} · ${money(service.priceCents, service.currency)}`}
                        </option>
                    ))}
                </Select>
            </div>
            <TextArea
                label={t("editor.notes")}
                rows={5}
                maxLength={NOTES_MAXIMUM}
                readOnly={!isEditable}
                value={values.notes}
                onChange={(event) => drafts.edit("notes", event.target.value)}
            />
            {isEditable && (
                <Field
                    label={t("editor.reason")}
                    hint={t("editor.reasonHint")}
                    maxLength={REASON_MAXIMUM}
                    value={draft.reason}
                    onChange={(event) => drafts.explain(event.target.value)}
                />
            )}
            {error && <ErrorNotice error={error} />}
            <div className="flex flex-wrap gap-2">
                {isEditable && (
                    <Button type="submit" busy={isSaving}>
                        {t("app.save")}
                    </Button>
                )}
                {!isEditable && "clipboard" in navigator && (
                    <Button look="secondary" onClick={() => void copy()}>
                        <Copy aria-hidden size={18} />
                        {t("editor.copyText")}
                    </Button>
                )}
                <Button look="quiet" onClick={onStop}>
                    {t(isEditable ? "editor.stop" : "editor.discard")}
                </Button>
            </div>
        </form>
    );
}
