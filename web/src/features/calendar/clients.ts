import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "~/api/client";

/** Somebody who is known, and how to reach them. */
export type Client = { id: string; name: string; contact: string };
/** Somebody who calls for the first time; the contact is a phone number or an email address. */
export type NewClient = { name: string; contact: string };
export type Choice = { is: "known"; client: Client } | { is: "new"; client: NewClient } | null;

export const SHORTEST_QUERY = 3;
const FOUND = 20;

async function search(q: string): Promise<Client[]> {
    const { items } = await data(
        api.GET("/api/v1/users", { params: { query: { q, role: "client", limit: FOUND } } }),
    );
    return items.map(({ id, name, phone, email }) => ({
        id,
        name,
        contact: [phone, email].filter(Boolean).join(" · "),
    }));
}

function finding(q: string) {
    return { queryKey: ["clients", q], queryFn: () => search(q), staleTime: 10_000 };
}

/** Whom a name, phone number or email address finds; of a short text, nobody is looked for. */
export function useClients(q: string) {
    return useQuery({ ...finding(q), enabled: q.length >= SHORTEST_QUERY });
}

/** The same, asked once: for who presses Enter faster than the list appears. */
export function useFindClients() {
    const client = useQueryClient();
    return (q: string) => client.query(finding(q));
}

export function isEmail(contact: string): boolean {
    return contact.includes("@");
}

/** Whether a text is rather a number or an address than somebody's name. */
export function isContact(text: string): boolean {
    return isEmail(text) || /^[+(]?[0-9][0-9 ()./-]*$/.test(text);
}

export function isComplete({ name, contact }: NewClient): boolean {
    return name.trim() !== "" && contact.trim() !== "";
}

/** Enters somebody new; the same key enters them once, however often it is tried. */
export function useEnterClient() {
    const queries = useQueryClient();
    return useMutation({
        mutationFn: ({ client, key }: { client: NewClient; key: string }) => {
            const contact = client.contact.trim();
            return data(
                api.POST("/api/v1/users", {
                    params: { header: { "Idempotency-Key": key } },
                    body: {
                        name: client.name.trim(),
                        role: "client",
                        ...(isEmail(contact) ? { email: contact } : { phone: contact }),
                    },
                }),
            );
        },
        onSuccess: () => void queries.invalidateQueries({ queryKey: ["clients"] }),
    });
}
