import { useState } from "react";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";

export type FieldConflict = { field: string; label: string; theirs: string; yours: string };
type Props = {
    conflicts: FieldConflict[];
    onSettle: (kept: string[]) => void;
    onCancel: () => void;
};

/** Somebody else changed the same fields: one decision for each of them. */
export function MergeFields({ conflicts, onSettle, onCancel }: Props) {
    const [choices, setChoices] = useState<Record<string, "theirs" | "yours">>({});
    const isDecided = conflicts.every(({ field }) => choices[field] !== undefined);
    const kept = conflicts.map(({ field }) => field).filter((field) => choices[field] === "yours");
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onCancel();
            }}
            title={t("admin.merge.title")}
            description={t("admin.merge.text")}
            footer={
                <>
                    <Button look="secondary" onClick={onCancel}>
                        {t("admin.merge.back")}
                    </Button>
                    <Button disabled={!isDecided} onClick={() => onSettle(kept)}>
                        {t("app.save")}
                    </Button>
                </>
            }
        >
            {conflicts.map(({ field, label, theirs, yours }) => (
                <fieldset key={field} className="flex flex-col gap-2">
                    <legend className="mb-1 font-bold">{label}</legend>
                    {(["theirs", "yours"] as const).map((side) => (
                        <label
                            key={side}
                            className="flex min-h-11 cursor-pointer gap-3 rounded-xl border border-line-strong p-3 has-checked:border-accent has-checked:bg-accent-soft"
                        >
                            <input
                                type="radio"
                                name={field}
                                checked={choices[field] === side}
                                onChange={() => setChoices({ ...choices, [field]: side })}
                                className="mt-0.5 size-5 shrink-0 accent-accent"
                            />
                            <span className="min-w-0">
                                <span className="block text-sm font-semibold">
                                    {t(`admin.merge.${side}`)}
                                </span>
                                <span className="wrap-anywhere whitespace-pre-line">
                                    {side === "theirs" ? theirs : yours}
                                </span>
                            </span>
                        </label>
                    ))}
                </fieldset>
            ))}
        </Dialog>
    );
}
