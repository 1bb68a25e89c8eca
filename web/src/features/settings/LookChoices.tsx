import { useAppDispatch, useAppSelector } from "~/app/store";
import type { Look } from "~/app/theme";
import { lookChosen } from "~/app/uiSlice";
import { t } from "~/text";
import { Segments } from "~/ui/Segments";

/** How the app looks on this device. */
export function LookChoices() {
    const look = useAppSelector((state) => state.ui.look);
    const dispatch = useAppDispatch();
    return (
        <div className="flex flex-col items-start gap-4">
            <Segments<Look["theme"]>
                label={t("look.theme")}
                value={look.theme}
                onChange={(theme) => dispatch(lookChosen({ theme }))}
                options={(["system", "light", "dark"] as const).map((value) => ({
                    value,
                    label: t(`look.${value}`),
                }))}
            />
            <label className="flex min-h-11 items-center gap-3">
                <input
                    type="checkbox"
                    className="size-5 accent-accent"
                    checked={look.contrast === "more"}
                    onChange={({ target }) =>
                        dispatch(lookChosen({ contrast: target.checked ? "more" : "normal" }))
                    }
                />
                {t("look.contrast")}
            </label>
        </div>
    );
}
