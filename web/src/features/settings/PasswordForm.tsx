import { useState } from "react";
import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Link } from "react-router";
import { z } from "zod";
import { showFieldErrors } from "~/features/account/fieldErrors";
import { ShowPassword } from "~/features/account/PasswordField";
import { notOwn, password } from "~/features/account/rules";
import { useUser } from "~/features/account/session";
import { useChangePassword } from "~/features/account/signIns";
import { t } from "~/text/account";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";

const EMPTY = { current: "", new: "" };

/** A new password for who knows the one in force. */
export function PasswordForm() {
    const me = useUser();
    const change = useChangePassword();
    const [isShown, setShown] = useState(false);
    const form = useForm({
        resolver: zodResolver(
            z.object({
                current: z.string().min(1, { error: () => t("password.wrong") }),
                new: password.refine(notOwn(me), { error: () => t("signUp.passwordOwn") }),
            }),
        ),
        defaultValues: EMPTY,
    });
    const { errors } = form.formState;
    const type = isShown ? "text" : "password";
    const submit = form.handleSubmit((values) =>
        change.mutate(values, {
            onSuccess: () => {
                form.reset(EMPTY);
                setShown(false);
            },
            onError: (error) => {
                if (showFieldErrors(error, ["current", "new"], form.setError)) change.reset();
            },
        }),
    );
    return (
        <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
            {change.isError && <ErrorNotice error={change.error} />}
            {change.isSuccess && <Notice>{t("password.changed")}</Notice>}
            {/* Where a password manager finds whose password it is. */}
            <input hidden readOnly autoComplete="username" value={me.email ?? ""} />
            <Field
                label={t("password.current")}
                type={type}
                autoComplete="current-password"
                required
                error={errors.current?.message}
                {...form.register("current")}
            />
            <Field
                label={t("reset.newPassword")}
                hint={t("signUp.passwordHint")}
                type={type}
                autoComplete="new-password"
                required
                error={errors.new?.message}
                {...form.register("new")}
            />
            <ShowPassword label={t("password.show")} isShown={isShown} onChange={setShown} />
            <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
                <Button type="submit" busy={change.isPending}>
                    {t("password.change")}
                </Button>
                <Link className="text-accent underline" to="/forgot-password">
                    {t("password.forgotten")}
                </Link>
            </div>
        </form>
    );
}
