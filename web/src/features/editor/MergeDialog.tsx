import { useState } from "react";
import { useServices } from "~/features/catalogue/queries";
import { cn } from "~/lib/cn";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { bothTexts, conflicts, shownValues, valuesOf, type FieldName, type Values } from "./draft";
import { fieldNames } from "./fieldNames";
import type { Conflict } from "./useSave";

type Side = "theirs" | "yours" | "both";
type Choices = Partial<Record<FieldName, Side>>;
type Props = {
    conflict: Conflict;
    onSettled: (settled: Partial<Values>) => void;
    onPostpone: () => void;
};

function Option({
    group,
    label,
    text,
    isChosen,
    onChoose,
}: {
    group: string;
    label: string;
    text: string;
    isChosen: boolean;
    onChoose: () => void;
}) {
    return (
        <label
            className={cn(
                "flex min-h-11 cursor-pointer gap-3 rounded-xl border p-3",
                isChosen ? "border-accent bg-accent-soft" : "border-line-strong",
            )}
        >
            <input
                type="radio"
                name={group}
                checked={isChosen}
                onChange={onChoose}
                className="mt-1 size-5 shrink-0 accent-accent"
            />
            <span className="min-w-0">
                <span className="block text-sm font-semibold">{label}</span>
                <span className="wrap-anywhere whitespace-pre-line">
                    {text || <em className="text-muted">{t("merge.empty")}</em>}
                </span>
            </span>
        </label>
    );
}

/** Two people changed the same fields: one decision for each of them, nothing lost meanwhile. */
export function MergeDialog({ conflict, onSettled, onPostpone }: Props) {
    const { draft } = conflict;
    const services = useServices().data ?? [];
    const [choices, setChoices] = useState<Choices>({});
    const theirs = valuesOf(conflict.theirs);
    const yours = shownValues(draft, theirs);
    const fields = conflicts(draft, theirs);

    const words = (field: FieldName, values: Values): string => {
        if (field === "priority") return t(`priority.${values.priority}`);
        if (field === "notes") return values.notes;
        return services.find((one) => one.id === values.serviceId)?.title ?? values.serviceId;
    };
    const settled = (): Partial<Values> => {
        const chosen = fields.map((field) => [
            field,
            (choices[field] === "theirs" ? theirs : yours)[field],
        ]);
        const result = Object.fromEntries(chosen) as Partial<Values>;
        if (choices.notes === "both") result.notes = bothTexts(theirs.notes, yours.notes);
        return result;
    };
    const isDecided = fields.every((field) => choices[field] !== undefined);
    return (
        <Dialog
            open
            wide
            onOpenChange={(open) => {
                if (!open) onPostpone();
            }}
            title={t("merge.title")}
            description={t("merge.text")}
            footer={
                <>
                    <Button look="secondary" onClick={onPostpone}>
                        {t("merge.later")}
                    </Button>
                    <Button disabled={!isDecided} onClick={() => onSettled(settled())}>
                        {t("merge.save")}
                    </Button>
                </>
            }
        >
            {fields.map((field) => {
                const sides: [Side, string, string][] = [
                    ["theirs", t("merge.theirs"), words(field, theirs)],
                    ["yours", t("merge.yours"), words(field, yours)],
                ];
                if (field === "notes")
                    sides.push(["both", t("merge.both"), bothTexts(theirs.notes, yours.notes)]);
                return (
                    <fieldset key={field} className="flex flex-col gap-2">
                        <legend className="mb-1 text-lg font-bold">{fieldNames([field])}</legend>
                        <p className="text-sm wrap-anywhere text-muted">
                            {t("merge.before", {
                                value: words(field, draft.began) || t("merge.empty"),
                            })}
                        </p>
                        {sides.map(([side, label, text]) => (
                            <Option
                                key={side}
                                group={field}
                                label={label}
                                text={text}
                                isChosen={choices[field] === side}
                                onChoose={() => setChoices({ ...choices, [field]: side })}
                            />
                        ))}
                    </fieldset>
                );
            })}
        </Dialog>
    );
}
