import { useDeferredValue, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { useUser } from "~/features/account/session";
import { t } from "~/text/staff";
import { Field } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";

export type Client = { id: string; name: string; about: string };

const FOUND = 50;
const SHORTEST_QUERY = 2;

/** Administrators search all clients. */
async function searchUsers(q: string): Promise<Client[]> {
    const { items } = await data(
        api.GET("/api/v1/users", { params: { query: { q, role: "client", limit: FOUND } } }),
    );
    return items.map(({ id, name, email }) => ({ id, name, about: email }));
}

/** Others find a client by an appointment; the newest tells which Mia Berg it is. */
async function searchAppointments(q: string): Promise<Client[]> {
    const { items } = await data(
        api.GET("/api/v1/appointments", { params: { query: { q, limit: FOUND } } }),
    );
    const found = new Map(
        items.map(({ userId, userName, serviceTitle, providerName }) => [
            userId,
            { id: userId, name: userName, about: `${serviceTitle} · ${providerName}` },
        ]),
    );
    return [...found.values()];
}

function useClients(q: string) {
    const { role } = useUser();
    return useQuery({
        queryKey: ["clients", role, q],
        enabled: q.length >= SHORTEST_QUERY,
        queryFn: () => (role === "admin" ? searchUsers(q) : searchAppointments(q)),
    });
}

type Props = { chosen: Client | null; onChoose: (client: Client | null) => void };

/** Finds a client by name, e-mail address or phone. */
export function ClientPicker({ chosen, onChoose }: Props) {
    const [text, setText] = useState("");
    const q = useDeferredValue(text.trim());
    const { data: clients, error } = useClients(q);
    const isAdmin = useUser().role === "admin";
    return (
        <fieldset className="flex flex-col gap-2">
            <Field
                label={t("calendar.book.client")}
                hint={isAdmin ? undefined : t("calendar.book.clientHint")}
                type="search"
                autoComplete="off"
                value={text}
                onChange={(event) => {
                    setText(event.target.value);
                    onChoose(null);
                }}
            />
            {error && <ErrorNotice error={error} />}
            <div role="status" className="sr-only">
                {clients && t("calendar.book.found", { count: clients.length })}
            </div>
            {clients?.length === 0 && (
                <p className="text-muted">{t("calendar.book.nobody", { q })}</p>
            )}
            {clients && clients.length > 0 && (
                <div className="flex max-h-52 flex-col gap-1 overflow-y-auto">
                    {clients.map((client) => (
                        <label
                            key={client.id}
                            className="flex min-h-11 cursor-pointer items-center gap-3 rounded-xl border border-line px-3 has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-3"
                        >
                            <input
                                type="radio"
                                name="client"
                                className="size-5 accent-accent"
                                checked={chosen?.id === client.id}
                                onChange={() => onChoose(client)}
                            />
                            <span className="font-semibold">{client.name}</span>
                            <span className="truncate text-sm text-muted">{client.about}</span>
                        </label>
                    ))}
                </div>
            )}
        </fieldset>
    );
}
