import { useState } from "react";
import { useChangeMe, useUser, type User } from "~/features/account/session";
import { t } from "~/text";
import { ErrorNotice } from "~/ui/Notice";
import { KINDS, readNotifications, WAYS, withNotification } from "./notifications";

/** Which news comes which way. Each tick is saved at once, and goes back when that fails. */
export function NotificationChoices() {
    const me = useUser();
    const change = useChangeMe();
    // What was asked for is shown at once, until it is saved or refused.
    const [asked, setAsked] = useState<User["preferences"] | null>(null);
    const chosen = readNotifications(asked ?? me.preferences);
    const save = (preferences: User["preferences"]) => {
        setAsked(preferences);
        change.mutate({ preferences }, { onSettled: () => setAsked(null) });
    };
    return (
        <div className="flex flex-col gap-5">
            {change.isError && <ErrorNotice error={change.error} />}
            {KINDS.map((kind) => (
                <fieldset key={kind} className="flex flex-col gap-1" disabled={asked !== null}>
                    <legend className="mb-1 font-medium">{t(`settings.${kind}`)}</legend>
                    {WAYS.map((way) => (
                        <label key={way} className="flex min-h-11 items-center gap-3">
                            <input
                                type="checkbox"
                                className="size-5 accent-accent"
                                checked={chosen[kind][way]}
                                onChange={({ target }) =>
                                    save(
                                        withNotification(me.preferences, kind, way, target.checked),
                                    )
                                }
                            />
                            {t(`settings.${way}`)}
                        </label>
                    ))}
                </fieldset>
            ))}
            {!me.phone && <p className="text-sm text-muted">{t("settings.smsNeedsPhone")}</p>}
        </div>
    );
}
