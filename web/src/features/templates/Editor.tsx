import { useState, type SubmitEvent } from "react";
import { Send, Undo2 } from "lucide-react";
import { Link } from "react-router";
import { Problem } from "~/api/problem";
import { useToast } from "~/app/useToast";
import { t } from "~/text/steering";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field, TextArea } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { useDrop, useSave, useTest, type Place, type Template, type Words } from "./queries";
import { SamplePreview, templateError } from "./SamplePreview";

const wordsOf = ({ subject, text, html }: Template): Words => ({ subject, text, html });
const same = (one: Words, other: Words) =>
    one.subject === other.subject && one.text === other.text && one.html === other.html;

function fieldError(error: unknown, field: string): string | undefined {
    const wrong = templateError(error);
    if (wrong) return wrong.field === field ? wrong.text : undefined;
    if (!(error instanceof Problem)) return undefined;
    return error.fieldErrors.find((one) => one.field === field)?.message;
}

function ResetDialog({
    onClose,
    onYes,
    busy,
}: {
    onClose: () => void;
    onYes: () => void;
    busy: boolean;
}) {
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={t("templates.resetTitle")}
            description={t("templates.resetText")}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("templates.keep")}
                    </Button>
                    <Button look="danger" busy={busy} onClick={onYes}>
                        {t("templates.resetYes")}
                    </Button>
                </>
            }
        />
    );
}

/** The words of one message, with what they look like. */
export function Editor({
    place,
    template,
    onReload,
}: {
    place: Place;
    template: Template;
    onReload: () => void;
}) {
    const [words, setWords] = useState(() => wordsOf(template));
    const [isResetting, setResetting] = useState(false);
    const toast = useToast();
    const save = useSave(place);
    const drop = useDrop(place);
    const test = useTest(place);
    const isOwn = template.version > 0;
    const hasChanged = !same(words, wordsOf(template));
    const error = save.error ?? test.error;
    const isStale =
        save.error instanceof Problem &&
        ["version_conflict", "precondition_failed", "precondition_required"].includes(
            save.error.scenario,
        );
    const atField = ["subject", "text", "html"].some((field) => fieldError(error, field));
    const submit = (event: SubmitEvent) => {
        event.preventDefault();
        test.reset();
        save.mutate({ words, version: template.version });
    };
    return (
        <div className="grid items-start gap-5 xl:grid-cols-2">
            <Card className="min-w-0 sm:p-6">
                <form onSubmit={submit} className="flex flex-col gap-4">
                    <div className="flex flex-wrap items-center gap-2">
                        <Badge tone={isOwn ? "accent" : "neutral"}>
                            {t(isOwn ? "templates.own" : "templates.builtIn")}
                        </Badge>
                        {hasChanged && <Badge tone="amber">{t("templates.leave")}</Badge>}
                    </div>
                    {place.channel !== "sms" && (
                        <Field
                            label={t(
                                place.channel === "push" ? "templates.title" : "templates.subject",
                            )}
                            error={fieldError(error, "subject")}
                            maxLength={500}
                            value={words.subject ?? ""}
                            onChange={({ target }) => setWords({ ...words, subject: target.value })}
                        />
                    )}
                    <TextArea
                        label={t("templates.text")}
                        hint={t("templates.names")}
                        error={fieldError(error, "text")}
                        rows={place.channel === "email" ? 12 : 5}
                        maxLength={10_000}
                        spellCheck
                        value={words.text}
                        onChange={({ target }) => setWords({ ...words, text: target.value })}
                    />
                    {place.channel === "email" && (
                        <TextArea
                            label={t("templates.html")}
                            hint={t("templates.htmlHint")}
                            error={fieldError(error, "html")}
                            rows={12}
                            maxLength={50_000}
                            spellCheck={false}
                            value={words.html ?? ""}
                            onChange={({ target }) =>
                                setWords({ ...words, html: target.value || null })
                            }
                        />
                    )}
                    {isStale && (
                        <Notice
                            tone="warning"
                            action={
                                <Button look="secondary" size="small" onClick={onReload}>
                                    {t("templates.load")}
                                </Button>
                            }
                        >
                            {t("templates.changed")}
                        </Notice>
                    )}
                    {error && !isStale && !atField && <ErrorNotice error={error} />}
                    {test.data && (
                        <Notice>
                            {t("templates.tested")}{" "}
                            <Link
                                className="underline"
                                to={`/admin/deliveries/${test.data.deliveryId}`}
                            >
                                {t("templates.seeTest")}
                            </Link>
                        </Notice>
                    )}
                    <div className="flex flex-wrap gap-2">
                        <Button type="submit" busy={save.isPending} disabled={!hasChanged}>
                            {t("templates.save")}
                        </Button>
                        <Button
                            look="secondary"
                            busy={test.isPending}
                            onClick={() => {
                                save.reset();
                                test.mutate(words);
                            }}
                        >
                            <Send aria-hidden size={18} />
                            {t("templates.test")}
                        </Button>
                        {isOwn && (
                            <Button look="quiet" onClick={() => setResetting(true)}>
                                <Undo2 aria-hidden size={18} />
                                {t("templates.reset")}
                            </Button>
                        )}
                    </div>
                </form>
            </Card>
            <Card className="min-w-0 sm:p-6">
                <SamplePreview place={place} words={words} />
            </Card>
            {isResetting && (
                <ResetDialog
                    busy={drop.isPending}
                    onClose={() => setResetting(false)}
                    onYes={() =>
                        drop.mutate(template.version, {
                            onSuccess: () => setResetting(false),
                            onError: toast.failed,
                        })
                    }
                />
            )}
        </div>
    );
}
