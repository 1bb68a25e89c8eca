import createClient from "openapi-fetch";
import { Problem, networkProblem } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** The typed API; its answers go through `data()`, which throws a `Problem` for a refusal. */
export const api = createClient<paths>({
    baseUrl: window.location.origin,
    credentials: "same-origin",
});

/** Names who this page acts for; a session that is another's by now does not answer to it. */
const USER_HEADER = "Holdfast-User";
let actingFor: string | null = null;
let onLost: () => void = () => undefined;

export function actFor(userId: string | null): void {
    actingFor = userId;
}

/** Calls back when the server no longer takes this page for the person that it acts for. */
export function onSessionLost(act: () => void): void {
    onLost = act;
}

/** A write that is to be done as this user or not at all, however late it is sent. */
export function asUser(userId: string): Record<string, string> {
    return { [USER_HEADER]: userId };
}

api.use({
    onRequest({ request }) {
        if (actingFor && request.method !== "GET" && !request.headers.has(USER_HEADER))
            request.headers.set(USER_HEADER, actingFor);
        return request;
    },
});

type Answer<T> = { data?: T; error?: unknown; response: Response };

async function settled<T>(call: Promise<Answer<T>>): Promise<Answer<T>> {
    let answer: Answer<T>;
    try {
        answer = await call;
    } catch {
        throw networkProblem();
    }
    if (!answer.response.ok) {
        if (answer.response.status === 401 && actingFor) onLost();
        const document = (answer.error ?? {}) as Record<string, unknown>;
        const retryAfter = Number(answer.response.headers.get("Retry-After") ?? 0);
        throw new Problem(answer.response.status, document, retryAfter);
    }
    return answer;
}

/** The body of an answer. @throws Problem */
export async function data<T>(call: Promise<Answer<T>>): Promise<T> {
    return (await settled(call)).data as T;
}

/** The body with its strong tag, for a later If-Match. @throws Problem */
export async function tagged<T>(call: Promise<Answer<T>>): Promise<{ value: T; etag: string }> {
    const answer = await settled(call);
    return { value: answer.data as T, etag: answer.response.headers.get("ETag") ?? "" };
}

/** A key for one tap of a button: the server acts on it once, however often it is sent. */
export function newKey(): string {
    // Not randomUUID(): a browser has that on https and localhost only.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
