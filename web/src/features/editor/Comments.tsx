import { useState, type SubmitEvent } from "react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data, newKey, type Schemas } from "~/api/client";
import { everything } from "~/api/lists";
import { problemText } from "~/api/problem";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { useUser } from "~/features/account/session";
import { cn } from "~/lib/cn";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { TextArea } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";

type Comment = Schemas["Comment"];
/** What is being written; the key stays with this very text, however often it is sent. */
type Writing = { body: string; key: string };

const PAGE = 100;
const BODY_MAXIMUM = 4000;
/** Comments have no event of their own. */
const REFRESH_MS = 30_000;
const empty = (): Writing => ({ body: "", key: newKey() });

function OneComment({ name, body, at }: { name: string; body: string; at: string | null }) {
    return (
        <li className={cn("rounded-xl bg-sunken px-4 py-3", at === null && "border border-dashed")}>
            <p className="text-sm text-muted">
                <span className="font-semibold text-ink">{name}</span>
                {" · "}
                {at === null ? t("comments.sending") : <time dateTime={at}>{dayAndClock(at)}</time>}
            </p>
            <p className="wrap-anywhere whitespace-pre-line">{body}</p>
        </li>
    );
}

/** Staff's own discussion; the client never sees it. */
export function Comments({ appointmentId }: { appointmentId: string }) {
    const me = useUser();
    const client = useQueryClient();
    const dispatch = useAppDispatch();
    const queryKey = ["comments", appointmentId];
    const path = { appointment_id: appointmentId };
    const [writing, setWriting] = useState(empty);
    const comments = useQuery({
        queryKey,
        refetchInterval: REFRESH_MS,
        queryFn: () =>
            everything((cursor) =>
                data(
                    api.GET("/api/v1/appointments/{appointment_id}/comments", {
                        params: { path, query: { limit: PAGE, cursor } },
                    }),
                ),
            ),
    });
    const add = useMutation({
        mutationFn: ({ body, key }: Writing) =>
            data(
                api.POST("/api/v1/appointments/{appointment_id}/comments", {
                    params: { path },
                    headers: { "Idempotency-Key": key },
                    body: { body },
                }),
            ),
        onSuccess: (comment) =>
            client.setQueryData<Comment[]>(queryKey, (known = []) => [
                ...known.filter(({ id }) => id !== comment.id),
                comment,
            ]),
        onError: (error, failed) => {
            // Back into the field, unless something else is being written there by now.
            setWriting((now) => (now.body ? now : failed));
            dispatch(toastShown(`${t("comments.failed")} ${problemText(error)}`, "failed"));
        },
    });
    const submit = (event: SubmitEvent) => {
        event.preventDefault();
        if (!writing.body.trim() || add.isPending) return;
        setWriting(empty());
        add.mutate(writing);
    };
    const list = comments.data;
    return (
        <Card className="sm:p-6">
            <h2 className="mb-1 text-lg font-bold">{t("comments.title")}</h2>
            <p className="mb-4 text-sm text-muted">{t("comments.lead")}</p>
            {comments.isPending && <Skeleton rows={1} />}
            {comments.error && !list && (
                <ErrorNotice error={comments.error} onRetry={() => void comments.refetch()} />
            )}
            {list && (list.length > 0 || add.isPending) && (
                <ul aria-label={t("comments.title")} className="mb-4 flex flex-col gap-2">
                    {list.map(({ id, author, body, createdAt }) => (
                        <OneComment key={id} name={author.name} body={body} at={createdAt} />
                    ))}
                    {add.isPending && (
                        <OneComment name={me.name} body={add.variables.body} at={null} />
                    )}
                </ul>
            )}
            <form onSubmit={submit} className="flex flex-col gap-3">
                <TextArea
                    label={t("comments.write")}
                    rows={2}
                    maxLength={BODY_MAXIMUM}
                    value={writing.body}
                    onChange={(event) => setWriting({ body: event.target.value, key: newKey() })}
                />
                <Button
                    type="submit"
                    look="secondary"
                    className="self-start"
                    disabled={!writing.body.trim()}
                    busy={add.isPending}
                >
                    {t("comments.send")}
                </Button>
            </form>
        </Card>
    );
}
