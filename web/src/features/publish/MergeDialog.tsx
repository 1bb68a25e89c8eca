import { useState } from "react";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { bodyOf, merged, type Choice, type Draft, type Part } from "./schedule";
import { weekdayName } from "./weekdays";

/** A part of a schedule in words, a line for each row. */
function linesOf(draft: Draft, part: Part): string[] {
    const body = bodyOf(draft);
    switch (part) {
        case "slotMinutes":
            return [t("publish.minutes", { count: body.slotMinutes })];
        case "weekly":
        case "breaks":
            return body[part].map(
                ({ weekday, start, end }) => `${weekdayName(weekday)} ${start}–${end}`,
            );
        case "exceptions":
            return body.exceptions.map(({ date, from, to, closed, start, end }) => {
                const days = date ?? `${from ?? ""}–${to ?? ""}`;
                return closed
                    ? `${days}: ${t("publish.closed")}`
                    : `${days} ${start ?? ""}–${end ?? ""}`;
            });
    }
}

type Props = {
    mine: Draft;
    theirs: Draft;
    suggested: Map<Part, Choice>;
    onMerge: (draft: Draft) => void;
    onClose: () => void;
};

/** Somebody else has put another schedule meanwhile: part by part, whose is to hold. */
export function MergeDialog({ mine, theirs, suggested, onMerge, onClose }: Props) {
    const [choices, setChoices] = useState(suggested);
    const sides = { mine, theirs };
    return (
        <Dialog
            open
            wide
            onOpenChange={(isOpen) => {
                if (!isOpen) onClose();
            }}
            title={t("publish.mergeTitle")}
            description={t("publish.mergeLead")}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("app.cancel")}
                    </Button>
                    <Button onClick={() => onMerge(merged(mine, theirs, choices))}>
                        {t("publish.mergeSave")}
                    </Button>
                </>
            }
        >
            {[...choices.keys()].map((part) => (
                <fieldset key={part} className="flex flex-col gap-2">
                    <legend className="mb-2 font-semibold">{t(`publish.part.${part}`)}</legend>
                    <div className="grid gap-2 sm:grid-cols-2">
                        {(["mine", "theirs"] as const).map((side) => {
                            const lines = linesOf(sides[side], part);
                            return (
                                <label
                                    key={side}
                                    className="flex cursor-pointer gap-3 rounded-xl border border-line p-3 has-checked:border-accent has-checked:bg-accent-soft"
                                >
                                    <input
                                        type="radio"
                                        name={part}
                                        className="mt-0.5 size-5 shrink-0 accent-accent"
                                        checked={choices.get(part) === side}
                                        onChange={() =>
                                            setChoices(new Map(choices).set(part, side))
                                        }
                                    />
                                    <span>
                                        <span className="font-semibold">
                                            {t(`publish.side.${side}`)}
                                        </span>
                                        {lines.length === 0 && (
                                            <span className="block">{t("publish.nothing")}</span>
                                        )}
                                        {lines.map((line) => (
                                            <span key={line} className="block tabular-nums">
                                                {line}
                                            </span>
                                        ))}
                                    </span>
                                </label>
                            );
                        })}
                    </div>
                </fieldset>
            ))}
        </Dialog>
    );
}
