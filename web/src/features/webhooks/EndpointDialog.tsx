import { useState, type SubmitEvent } from "react";
import { newKey } from "~/api/client";
import { Problem } from "~/api/problem";
import { useFacilities, useProviders } from "~/features/catalogue/queries";
import { t } from "~/text/steering";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import { Segments } from "~/ui/Segments";
import { useCreate, useEdit, useEventTypes, type Endpoint, type NewEndpoint } from "./queries";

const ALL_BOOKINGS = "booking.*";
const FIELDS = new Set(["url", "description"]);
type Named = { id: string; name: string };

function toggle(list: string[], value: string): string[] {
    return list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
}

type ChecksProps = {
    legend: string;
    items: Named[];
    chosen: string[];
    onChange: (chosen: string[]) => void;
};

function Checks({ legend, items, chosen, onChange }: ChecksProps) {
    return (
        <fieldset>
            <legend className="font-medium">{legend}</legend>
            <div className="grid gap-x-4 sm:grid-cols-2">
                {items.map(({ id, name }) => (
                    <label key={id} className="flex min-h-10 items-center gap-3 wrap-anywhere">
                        <input
                            type="checkbox"
                            className="size-5 shrink-0 accent-accent"
                            checked={chosen.includes(id)}
                            onChange={() => onChange(toggle(chosen, id))}
                        />
                        {name}
                    </label>
                ))}
            </div>
        </fieldset>
    );
}

/** What is wrong with a field; an address that is not allowed belongs to the address. */
function errorOf(error: unknown, field: string): string | undefined {
    if (!(error instanceof Problem)) return undefined;
    if (field === "url" && error.scenario === "url_not_allowed") return error.text;
    return error.fieldErrors.find((one) => one.field === field)?.message;
}

function isShownAtField(error: unknown): boolean {
    return [...FIELDS].some((field) => errorOf(error, field) !== undefined);
}

type Props = {
    /** None: a new one. */
    endpoint: Endpoint | null;
    onClose: () => void;
    onSaved: (saved: Endpoint & { secret?: string }) => void;
};

/** Whom to tell of what. */
export function EndpointDialog({ endpoint, onClose, onSaved }: Props) {
    const [form, setForm] = useState<NewEndpoint>(() => ({
        url: endpoint?.url ?? "",
        description: endpoint?.description ?? "",
        types: endpoint?.types ?? [ALL_BOOKINGS],
        providerIds: endpoint?.providerIds ?? [],
        facilityIds: endpoint?.facilityIds ?? [],
    }));
    const [isAll, setAll] = useState(() => form.types.join() === ALL_BOOKINGS);
    const [chosen, setChosen] = useState<string[]>(isAll ? [] : form.types);
    const [lacksTypes, setLacksTypes] = useState(false);
    const [key] = useState(newKey);
    const types = useEventTypes().data ?? [];
    const providers = useProviders().data ?? [];
    const facilities = useFacilities().data ?? [];
    const create = useCreate();
    const edit = useEdit(endpoint?.id ?? "");
    const { error, isPending } = endpoint ? edit : create;
    const patterns = [
        { id: ALL_BOOKINGS, name: t("webhooks.allBookings") },
        { id: "lock.*", name: t("webhooks.allLocks") },
    ];
    const submit = (event: SubmitEvent) => {
        event.preventDefault();
        const body = { ...form, types: isAll ? [ALL_BOOKINGS] : chosen };
        setLacksTypes(body.types.length === 0);
        if (body.types.length === 0) return;
        if (endpoint) {
            edit.mutate({ ...body, version: endpoint.version }, { onSuccess: onSaved });
        } else {
            create.mutate({ body, key }, { onSuccess: onSaved });
        }
    };
    return (
        <Dialog
            open
            wide
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={t(endpoint ? "webhooks.form.editTitle" : "webhooks.form.newTitle")}
        >
            <form onSubmit={submit} className="flex flex-col gap-5">
                <div className="grid gap-4 sm:grid-cols-2">
                    <Field
                        label={t("webhooks.form.url")}
                        hint={t("webhooks.form.urlHint")}
                        error={errorOf(error, "url")}
                        type="url"
                        required
                        maxLength={2000}
                        autoComplete="off"
                        value={form.url}
                        onChange={({ target }) => setForm({ ...form, url: target.value })}
                    />
                    <Field
                        label={t("webhooks.form.description")}
                        hint={t("webhooks.form.descriptionHint")}
                        error={errorOf(error, "description")}
                        maxLength={500}
                        value={form.description}
                        onChange={({ target }) => setForm({ ...form, description: target.value })}
                    />
                </div>
                <div className="flex flex-col gap-3">
                    <div>
                        <Segments
                            label={t("webhooks.form.which")}
                            value={isAll ? "all" : "some"}
                            onChange={(value) => setAll(value === "all")}
                            options={[
                                { value: "all", label: t("webhooks.form.all") },
                                { value: "some", label: t("webhooks.form.some") },
                            ]}
                        />
                    </div>
                    {!isAll && (
                        <Checks
                            legend={t("webhooks.form.which")}
                            items={[...patterns, ...types.map(({ name }) => ({ id: name, name }))]}
                            chosen={chosen}
                            onChange={setChosen}
                        />
                    )}
                    {lacksTypes && (
                        <p role="alert" className="text-sm font-medium text-red">
                            {t("webhooks.form.needsTypes")}
                        </p>
                    )}
                </div>
                <details
                    open={form.providerIds.length + form.facilityIds.length > 0}
                    className="rounded-xl border border-line px-4 py-2"
                >
                    <summary className="min-h-9 cursor-pointer content-center font-medium">
                        {t("webhooks.form.only")}
                    </summary>
                    <p className="text-sm text-muted">{t("webhooks.form.scopeHint")}</p>
                    <div className="mt-3 flex flex-col gap-3">
                        <Checks
                            legend={t("webhooks.form.providers")}
                            items={providers}
                            chosen={form.providerIds}
                            onChange={(providerIds) => setForm({ ...form, providerIds })}
                        />
                        <Checks
                            legend={t("webhooks.form.facilities")}
                            items={facilities}
                            chosen={form.facilityIds}
                            onChange={(facilityIds) => setForm({ ...form, facilityIds })}
                        />
                    </div>
                </details>
                {error && !isShownAtField(error) && <ErrorNotice error={error} />}
                <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
                    <Button look="secondary" onClick={onClose}>
                        {t("app.cancel")}
                    </Button>
                    <Button type="submit" busy={isPending}>
                        {t(endpoint ? "webhooks.form.save" : "webhooks.form.create")}
                    </Button>
                </div>
            </form>
        </Dialog>
    );
}
