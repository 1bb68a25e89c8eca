import { useDeferredValue, useEffect, useState } from "react";
import { Problem } from "~/api/problem";
import { Preview } from "~/features/deliveries/Preview";
import { t, type TextKey } from "~/text/steering";
import { Badge } from "~/ui/Badge";
import { Select } from "~/ui/Field";
import { Notice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";
import { usePreview, type Place, type Words } from "./queries";

const TYPING_MS = 400;

/** The words once nobody types any more. */
function useSettled(words: Words): Words {
    const [settled, setSettled] = useState(words);
    useEffect(() => {
        const timer = setTimeout(() => setSettled(words), TYPING_MS);
        return () => clearTimeout(timer);
    }, [words]);
    return useDeferredValue(settled);
}

/** Where a template goes wrong: the part, the line, and what is wrong there. */
export function templateError(error: unknown): { field: string; text: string } | null {
    if (!(error instanceof Problem) || error.scenario !== "template_invalid") return null;
    const [first] = error.fieldErrors;
    const { line, field } = error.details;
    const message = first?.message ?? error.text;
    const text =
        typeof line === "number"
            ? t("templates.line", { line, message })
            : t("templates.wholeLine", { message });
    return { field: typeof field === "string" ? field : "text", text };
}

/** What the words look like on made-up messages, as they are typed. */
export function SamplePreview({ place, words }: { place: Place; words: Words }) {
    const preview = usePreview(place, useSettled(words));
    const [chosen, setChosen] = useState("usual");
    const wrong = templateError(preview.error);
    const items = preview.data ?? [];
    const shown = items.find(({ sample }) => sample === chosen) ?? items[0];
    return (
        <section aria-labelledby="preview" className="flex min-w-0 flex-col gap-3">
            <div>
                <h2 id="preview" className="text-lg font-bold">
                    {t("templates.preview")}
                </h2>
                <p className="text-sm text-muted">{t("templates.previewLead")}</p>
            </div>
            {preview.error && (
                <Notice tone="error">
                    {wrong
                        ? `${t(`templates.${wrong.field}` as TextKey)} · ${wrong.text}`
                        : preview.error.message}
                </Notice>
            )}
            {preview.isPending && <Skeleton rows={2} />}
            {items.length > 1 && (
                <Select
                    label={t("templates.sample")}
                    value={shown?.sample ?? ""}
                    onChange={({ target }) => setChosen(target.value)}
                >
                    {items.map(({ sample }) => (
                        <option key={sample} value={sample}>
                            {t(`templates.samples.${sample}` as TextKey)}
                        </option>
                    ))}
                </Select>
            )}
            {shown?.segments && (
                <p>
                    <Badge tone={shown.segments > 1 ? "amber" : "accent"}>
                        {t("templates.segments", {
                            count: shown.segments,
                            encoding: shown.encoding ?? "",
                        })}
                    </Badge>
                </p>
            )}
            {shown && (
                <Preview
                    key={place.channel}
                    preview={{ subject: shown.subject, text: shown.text, html: shown.html }}
                />
            )}
        </section>
    );
}
