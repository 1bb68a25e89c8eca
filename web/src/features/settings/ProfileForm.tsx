import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { showFieldErrors } from "~/features/account/fieldErrors";
import { name, phone } from "~/features/account/rules";
import { useChangeMe, useUser } from "~/features/account/session";
import { t } from "~/text/account";
import { Button } from "~/ui/Button";
import { Field, Select } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";

const shape = z.object({ name, phone, timezone: z.string() });
const ZONES = Intl.supportedValuesOf("timeZone");

/** Name, telephone and time zone; the e-mail address is how one signs in and stays. */
export function ProfileForm() {
    const me = useUser();
    const change = useChangeMe();
    const dispatch = useAppDispatch();
    const form = useForm({
        resolver: zodResolver(shape),
        values: { name: me.name, phone: me.phone ?? "", timezone: me.timezone ?? "" },
        resetOptions: { keepDirtyValues: true },
    });
    const { errors } = form.formState;
    const submit = form.handleSubmit((values) =>
        change.mutate(
            { name: values.name, phone: values.phone || null, timezone: values.timezone || null },
            {
                onSuccess: () => dispatch(toastShown(t("app.saved"))),
                onError: (error) => {
                    if (showFieldErrors(error, ["name", "phone", "timezone"], form.setError))
                        change.reset();
                },
            },
        ),
    );
    return (
        <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
            {change.isError && <ErrorNotice error={change.error} />}
            <Field
                label={t("signUp.name")}
                autoComplete="name"
                error={errors.name?.message}
                {...form.register("name")}
            />
            <Field
                label={t("signIn.email")}
                value={me.email ?? ""}
                type="email"
                disabled
                readOnly
            />
            <Field
                label={t("signUp.phone")}
                type="tel"
                autoComplete="tel"
                error={errors.phone?.message}
                {...form.register("phone")}
            />
            <Select
                label={t("settings.timezone")}
                hint={t("settings.timezoneHint")}
                error={errors.timezone?.message}
                {...form.register("timezone")}
            >
                <option value="">{t("settings.deviceZone")}</option>
                {(me.timezone && !ZONES.includes(me.timezone)
                    ? [me.timezone, ...ZONES]
                    : ZONES
                ).map((zone) => (
                    <option key={zone} value={zone}>
                        {zone.replaceAll("_", " ")}
                    </option>
                ))}
            </Select>
            <Button type="submit" busy={change.isPending} className="self-start">
                {t("app.save")}
            </Button>
        </form>
    );
}
