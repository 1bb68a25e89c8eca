import { useRef } from "react";
import { newKey } from "~/api/client";

/** The idempotency key of a form: the same for the same content, however often it is sent. */
export function useKeyFor(): (body: unknown) => string {
    const sent = useRef({ text: "", key: "" });
    return (body) => {
        const text = JSON.stringify(body);
        if (sent.current.text !== text) sent.current = { text, key: newKey() };
        return sent.current.key;
    };
}
