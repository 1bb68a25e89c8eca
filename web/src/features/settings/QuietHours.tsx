import { useState } from "react";
import { t } from "~/text/account";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { Tick, type PartProps } from "./NotificationChoices";

const USUAL = { from: "21:00", to: "08:00" };

/** When neither a text message nor a push message comes. */
export function QuietHours({ settings, change }: PartProps) {
    const { quietHours } = settings;
    const [draft, setDraft] = useState<typeof USUAL | null>(null);
    const shown = draft ?? quietHours;
    const isWrong = draft !== null && (!draft.from || !draft.to || draft.from === draft.to);
    const save = () => {
        if (draft) change({ ...settings, quietHours: draft });
        setDraft(null);
    };
    return (
        <fieldset className="flex flex-col gap-2">
            <legend className="font-medium">{t("notify.quiet")}</legend>
            <Tick
                checked={quietHours !== null}
                onChange={(isWanted) => {
                    setDraft(null);
                    change({ ...settings, quietHours: isWanted ? USUAL : null });
                }}
                hint={t("notify.quietHint")}
            >
                {t("notify.quietOn")}
            </Tick>
            {quietHours && shown && (
                <div className="flex flex-wrap items-end gap-3">
                    {(["from", "to"] as const).map((end) => (
                        <Field
                            key={end}
                            type="time"
                            label={t(`notify.quiet${end === "from" ? "From" : "To"}`)}
                            value={shown[end]}
                            onChange={({ target }) => setDraft({ ...shown, [end]: target.value })}
                        />
                    ))}
                    {draft && (
                        <Button look="secondary" disabled={isWrong} onClick={save}>
                            {t("app.save")}
                        </Button>
                    )}
                </div>
            )}
        </fieldset>
    );
}
