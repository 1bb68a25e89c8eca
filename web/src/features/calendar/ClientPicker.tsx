import { useDeferredValue, useId, useState, type KeyboardEvent } from "react";
import { UserPlus } from "lucide-react";
import { useUser } from "~/features/account/session";
import { cn } from "~/lib/cn";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import {
    isContact,
    SHORTEST_QUERY,
    useClients,
    useFindClients,
    type Choice,
    type Client,
} from "./clients";
import { NewClientFields } from "./NewClientFields";

type Props = { choice: Choice; onChoose: (choice: Choice) => void };

/** Whom it is for: somebody known, or somebody new with two fields. */
export function ClientPicker({ choice, onChoose }: Props) {
    if (choice?.is === "known")
        return <Chosen client={choice.client} onChange={() => onChoose(null)} />;
    if (choice?.is === "new")
        return (
            <NewClientFields
                client={choice.client}
                onChange={(client) => onChoose({ is: "new", client })}
                onKnown={(client) => onChoose({ is: "known", client })}
                onBack={() => onChoose(null)}
            />
        );
    return <Finder onChoose={onChoose} />;
}

function Chosen({ client, onChange }: { client: Client; onChange: () => void }) {
    return (
        <div
            role="group"
            aria-label={t("calendar.book.client")}
            className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-xl border border-accent bg-accent-soft px-3 py-2"
        >
            <p className="min-w-0 flex-1 wrap-anywhere">
                <span className="block font-semibold">{client.name}</span>
                <span className="text-sm text-muted">{client.contact}</span>
            </p>
            <Button look="quiet" size="small" onClick={onChange}>
                {t("calendar.book.change")}
            </Button>
        </div>
    );
}

/** A combobox: the arrow keys walk through who is found, the last row is somebody new. */
function Finder({ onChoose }: { onChoose: (choice: Choice) => void }) {
    const list = useId();
    const isOwn = useUser().providerId !== null;
    const [text, setText] = useState("");
    const [active, setActive] = useState(-1);
    const typed = text.trim();
    const q = useDeferredValue(typed);
    const { data: clients, error } = useClients(q);
    const find = useFindClients();
    const isOpen = q.length >= SHORTEST_QUERY && clients !== undefined;
    const last = clients?.length ?? 0;

    const chooseNew = () =>
        onChoose({
            is: "new",
            client: isContact(typed) ? { name: "", contact: typed } : { name: typed, contact: "" },
        });
    const choose = (index: number) => {
        const client = clients?.[index];
        if (client) onChoose({ is: "known", client });
        else chooseNew();
    };
    const enter = async () => {
        if (isOpen && active >= 0 && q === typed) {
            choose(active);
            return;
        }
        if (typed.length < SHORTEST_QUERY) return;
        // It may be pressed before the list is there. A failure is shown below the field.
        const found = await find(typed).catch(() => null);
        const [only, ...others] = found ?? [];
        if (only && others.length === 0) onChoose({ is: "known", client: only });
        else if (found?.length === 0) chooseNew();
    };
    const onKeyDown = (event: KeyboardEvent) => {
        const rows = last + 1;
        if (event.key === "Enter") {
            event.preventDefault();
            void enter();
        } else if (isOpen && event.key === "ArrowDown") {
            event.preventDefault();
            setActive((active + 1) % rows);
        } else if (isOpen && event.key === "ArrowUp") {
            event.preventDefault();
            setActive((Math.max(active, 0) + rows - 1) % rows);
        }
    };
    const row = (index: number) =>
        cn(
            "flex min-h-11 cursor-pointer flex-wrap items-center gap-x-3 rounded-xl border px-3 py-1.5 hover:bg-accent-soft",
            index === active
                ? "border-accent bg-accent-soft outline-2 outline-accent"
                : "border-line",
        );
    return (
        <div className="flex flex-col gap-2">
            <Field
                label={t("calendar.book.client")}
                hint={t(isOwn ? "calendar.book.clientHintOwn" : "calendar.book.clientHint")}
                type="text"
                role="combobox"
                aria-autocomplete="list"
                aria-expanded={isOpen}
                aria-controls={list}
                aria-activedescendant={isOpen && active >= 0 ? `${list}-${active}` : undefined}
                autoComplete="off"
                spellCheck={false}
                maxLength={200}
                value={text}
                onChange={(event) => {
                    setText(event.target.value);
                    setActive(-1);
                }}
                onKeyDown={onKeyDown}
            />
            {error && <ErrorNotice error={error} />}
            <div role="status" className="sr-only">
                {isOpen && t("calendar.book.found", { count: last })}
            </div>
            {isOpen && last === 0 && (
                <p className="text-muted">{t("calendar.book.nobody", { q })}</p>
            )}
            <div
                id={list}
                role="listbox"
                aria-label={t("calendar.book.client")}
                className="flex max-h-60 flex-col gap-1 overflow-y-auto p-0.5 empty:hidden"
            >
                {isOpen &&
                    [...clients.map((client) => client.id), "new"].map((id, index) => {
                        const client = clients[index];
                        return (
                            <div
                                key={id}
                                id={`${list}-${index}`}
                                role="option"
                                aria-selected={index === active}
                                ref={(element) => {
                                    if (index === active)
                                        element?.scrollIntoView({ block: "nearest" });
                                }}
                                className={row(index)}
                                onClick={() => choose(index)}
                            >
                                {client ? (
                                    <>
                                        <span className="font-semibold">{client.name}</span>
                                        <span className="text-sm wrap-anywhere text-muted">
                                            {client.contact}
                                        </span>
                                    </>
                                ) : (
                                    <>
                                        <UserPlus aria-hidden size={18} className="text-accent" />
                                        <span className="font-semibold wrap-anywhere text-accent">
                                            {t("calendar.book.new", { q: typed })}
                                        </span>
                                    </>
                                )}
                            </div>
                        );
                    })}
            </div>
        </div>
    );
}
