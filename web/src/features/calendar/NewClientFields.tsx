import { useDeferredValue } from "react";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { useClients, type Client, type NewClient } from "./clients";

type Props = {
    client: NewClient;
    onChange: (client: NewClient) => void;
    onKnown: (client: Client) => void;
    onBack: () => void;
};

/** Somebody new: a name and a way to be reached. Who has that contact already is named. */
export function NewClientFields({ client, onChange, onKnown, onBack }: Props) {
    const contact = useDeferredValue(client.contact.trim());
    const { data: same = [] } = useClients(contact);
    return (
        <fieldset className="flex flex-col gap-3 rounded-xl border border-line-strong p-3">
            <legend className="px-1 font-semibold">{t("calendar.book.newTitle")}</legend>
            <Field
                label={t("calendar.book.newName")}
                autoComplete="off"
                maxLength={200}
                required
                autoFocus={client.name === ""}
                value={client.name}
                onChange={(event) => onChange({ ...client, name: event.target.value })}
            />
            <Field
                label={t("calendar.book.newContact")}
                hint={t("calendar.book.newContactHint")}
                autoComplete="off"
                maxLength={254}
                required
                autoFocus={client.name !== ""}
                value={client.contact}
                onChange={(event) => onChange({ ...client, contact: event.target.value })}
            />
            <div role="status">
                {same.length > 0 && (
                    <div className="flex flex-col gap-1">
                        <p className="text-sm">{t("calendar.book.sameContact")}</p>
                        {same.slice(0, 5).map((one) => (
                            <Button
                                key={one.id}
                                look="secondary"
                                size="small"
                                className="self-start"
                                onClick={() => onKnown(one)}
                            >
                                {t("calendar.book.choose", { name: one.name })}
                            </Button>
                        ))}
                    </div>
                )}
            </div>
            <Button look="quiet" size="small" className="self-start" onClick={onBack}>
                {t("calendar.book.searchInstead")}
            </Button>
        </fieldset>
    );
}
