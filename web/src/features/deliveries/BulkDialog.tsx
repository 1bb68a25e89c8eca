import { useState } from "react";
import { newKey, type Schemas } from "~/api/client";
import { t, type TextKey } from "~/text/steering";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { useBulk, type Order } from "./queries";

export type Action = Order["action"];
type Results = Schemas["BulkDeliveriesAnswer"];

const REASONS = new Set([
    "open",
    "resent",
    "secret",
    "test",
    "forgotten",
    "endpoint_disabled",
    "past",
    "cancelled",
    "newer",
    "invalid_transition",
    "not_found",
]);

/** Why one was left out. */
export function whyText(reason: string | null | undefined): string {
    return t(`deliveries.why.${REASONS.has(reason ?? "") ? reason : "other"}` as TextKey);
}

/** How many were left out, by why. */
function leftOut({ results }: Results): [text: string, count: number][] {
    const counts = new Map<string, number>();
    for (const { status, reason, scenario } of results) {
        if (status < 300) continue;
        const text = whyText(reason ?? scenario);
        counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    return [...counts];
}

function Outcome({ action, answer }: { action: Action; answer: Results }) {
    const done = answer.results.filter(({ status }) => status < 300).length;
    const refused = leftOut(answer);
    return (
        <div className="flex flex-col gap-3">
            <p role="status" className="font-medium">
                {t(action === "resend" ? "deliveries.resent" : "deliveries.discarded", {
                    count: done,
                })}
            </p>
            {refused.length > 0 && (
                <div>
                    <p>{t("deliveries.refused", { count: answer.results.length - done })}</p>
                    <ul className="mt-1 list-disc pl-5">
                        {refused.map(([text, count]) => (
                            <li key={text}>{`${count} × ${text}`}</li>
                        ))}
                    </ul>
                </div>
            )}
            {answer.hasMore && <Notice>{t("deliveries.hasMore")}</Notice>}
        </div>
    );
}

type Props = {
    action: Action;
    /** Some that were chosen, or all that a filter finds. */
    of: { ids: string[] } | { filter: Schemas["DeliveryFilter"] };
    onClose: (isDone: boolean) => void;
};

/** Asks first, then says what became of them. */
export function BulkDialog({ action, of, onClose }: Props) {
    const bulk = useBulk();
    // One tap, one effect, however often it is sent.
    const [key] = useState(newKey);
    const isDiscard = action === "discard";
    const title =
        "ids" in of
            ? t(isDiscard ? "deliveries.discardTitle" : "deliveries.resendTitle", {
                  count: of.ids.length,
              })
            : t(isDiscard ? "deliveries.discardAllTitle" : "deliveries.resendAllTitle");
    const answer = bulk.data;
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose(answer !== undefined);
            }}
            title={title}
            description={
                !answer && t(isDiscard ? "deliveries.discardText" : "deliveries.resendText")
            }
            footer={
                answer ? (
                    <Button onClick={() => onClose(true)}>{t("app.close")}</Button>
                ) : (
                    <>
                        <Button look="secondary" onClick={() => onClose(false)}>
                            {t("deliveries.keep")}
                        </Button>
                        <Button
                            look={isDiscard ? "danger" : "primary"}
                            busy={bulk.isPending}
                            onClick={() => bulk.mutate({ body: { action, ...of }, key })}
                        >
                            {t(isDiscard ? "deliveries.yesDiscard" : "deliveries.yesResend")}
                        </Button>
                    </>
                )
            }
        >
            {!answer && "filter" in of && (
                <p className="text-muted">{t("deliveries.resendAllText")}</p>
            )}
            {bulk.error && <ErrorNotice error={bulk.error} />}
            {answer && <Outcome action={action} answer={answer} />}
        </Dialog>
    );
}
