import { useEffect, useRef, useState, type SubmitEvent } from "react";
import { Problem } from "~/api/problem";
import { Check } from "~/features/admin/Check";
import { useKeyFor } from "~/features/admin/useKeyFor";
import { t } from "~/text/calendars";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import { collectionsOf, fieldError, isShownAtField } from "./connecting";
import { useConnect, useEdit, type Change, type NewConnection } from "./queries";
import { calendarName, withScheme, type Connection } from "./standing";
import { WhichCalendar } from "./WhichCalendar";

type Props = {
    providerId: string;
    /** None: a new one. */
    connection: Connection | null;
    onClose: () => void;
};

/** What differs from the connection; where and who are tried with the server, so only if they do. */
function changeOf(form: NewConnection, connection: Connection): Change {
    const change: Change = { version: connection.version, push: form.push, busy: form.busy };
    if (form.url !== connection.url) change.url = form.url;
    if (form.username !== connection.username) change.username = form.username;
    if (form.password) change.password = form.password;
    return change;
}

/** Connects a calendar, or changes a connection; where there are several calendars, asks which one. */
export function ConnectionDialog({ providerId, connection, onClose }: Props) {
    const [form, setForm] = useState<NewConnection>(() => ({
        url: connection?.url ?? "",
        username: connection?.username ?? "",
        password: "",
        push: connection?.push ?? true,
        busy: connection?.busy ?? true,
    }));
    const [isChoosing, setChoosing] = useState(false);
    const body = useRef<HTMLFormElement>(null);
    const keyFor = useKeyFor();
    const connect = useConnect(providerId);
    const edit = useEdit(connection ?? { id: "", providerId });
    const { error, isPending } = connection ? edit : connect;
    const collections = error instanceof Problem ? collectionsOf(error) : [];
    const save = (given: NewConnection) => {
        const said = {
            onSuccess: onClose,
            onError: (problem: unknown) =>
                setChoosing(problem instanceof Problem && collectionsOf(problem).length > 0),
        };
        if (connection) edit.mutate(changeOf(given, connection), said);
        else connect.mutate({ body: given, key: keyFor(given) }, said);
    };
    // What is wrong is at a field: who does not see it is led there.
    useEffect(() => {
        if (error) body.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    }, [error]);
    const submit = (event: SubmitEvent) => {
        event.preventDefault();
        const given = { ...form, url: withScheme(form.url), username: form.username.trim() };
        setForm(given);
        save(given);
    };
    const name = connection ? calendarName(connection) : "";
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={
                isChoosing
                    ? t("calendars.form.which")
                    : connection
                      ? t("calendars.form.editTitle", { name })
                      : t("calendars.form.newTitle")
            }
            description={t(isChoosing ? "calendars.form.whichText" : "calendars.form.newText")}
        >
            {isChoosing && collections.length > 0 ? (
                <WhichCalendar
                    collections={collections}
                    isPending={isPending}
                    onBack={() => setChoosing(false)}
                    onChosen={(url) => {
                        setForm({ ...form, url });
                        save({ ...form, url });
                    }}
                />
            ) : (
                <form ref={body} onSubmit={submit} className="flex flex-col gap-4">
                    <Field
                        label={t("calendars.form.url")}
                        hint={t("calendars.form.urlHint")}
                        error={fieldError(error, "url")}
                        inputMode="url"
                        required
                        maxLength={2000}
                        autoComplete="off"
                        autoCapitalize="none"
                        spellCheck={false}
                        value={form.url}
                        onChange={({ target }) => setForm({ ...form, url: target.value })}
                    />
                    <Field
                        label={t("calendars.form.username")}
                        hint={t("calendars.form.usernameHint")}
                        error={fieldError(error, "username")}
                        required
                        maxLength={320}
                        autoComplete="off"
                        autoCapitalize="none"
                        spellCheck={false}
                        value={form.username}
                        onChange={({ target }) => setForm({ ...form, username: target.value })}
                    />
                    <Field
                        label={t(
                            connection ? "calendars.form.passwordAgain" : "calendars.form.password",
                        )}
                        hint={t(
                            connection
                                ? "calendars.form.passwordAgainHint"
                                : "calendars.form.passwordHint",
                        )}
                        error={fieldError(error, "password")}
                        type="password"
                        required={!connection}
                        maxLength={1000}
                        // Another service's: the browser shall not offer the one of this site.
                        autoComplete="new-password"
                        value={form.password}
                        onChange={({ target }) => setForm({ ...form, password: target.value })}
                    />
                    <div className="flex flex-col gap-1">
                        <Check
                            label={t("calendars.form.push")}
                            hint={t("calendars.form.pushHint")}
                            checked={form.push}
                            onChange={({ target }) => setForm({ ...form, push: target.checked })}
                        />
                        <Check
                            label={t("calendars.form.busy")}
                            hint={t("calendars.form.busyHint")}
                            checked={form.busy}
                            onChange={({ target }) => setForm({ ...form, busy: target.checked })}
                        />
                    </div>
                    {error && !isShownAtField(error) && <ErrorNotice error={error} />}
                    <p role="status" className="text-sm text-muted empty:hidden">
                        {isPending && t("calendars.form.looking")}
                    </p>
                    <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
                        <Button look="secondary" onClick={onClose}>
                            {t("app.cancel")}
                        </Button>
                        <Button type="submit" busy={isPending}>
                            {t(connection ? "calendars.form.save" : "calendars.form.connect")}
                        </Button>
                    </div>
                </form>
            )}
        </Dialog>
    );
}
