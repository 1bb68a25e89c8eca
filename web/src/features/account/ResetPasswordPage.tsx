import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { Link, useSearchParams } from "react-router";
import { z } from "zod";
import { api, data } from "~/api/client";
import { t } from "~/text/account";
import { Button } from "~/ui/Button";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { showFieldErrors } from "./fieldErrors";
import { PasswordField } from "./PasswordField";
import { password } from "./rules";

/** Sets a new password with the link from the mail. */
export default function ResetPasswordPage() {
    const [params] = useSearchParams();
    const token = params.get("token");
    const setting = useMutation({
        mutationFn: (body: { token: string; password: string }) =>
            data(api.POST("/api/v1/auth/password-reset", { body })),
    });
    const form = useForm({
        resolver: zodResolver(z.object({ password })),
        defaultValues: { password: "" },
    });
    if (!token || setting.isSuccess) {
        return (
            <Page title={t("reset.title")} width="narrow">
                <Notice tone={token ? "info" : "warning"}>
                    {t(token ? "reset.done" : "reset.noToken")}
                </Notice>
                <Button asChild className="self-start">
                    <Link to={token ? "/sign-in" : "/forgot-password"}>
                        {t(token ? "nav.signIn" : "reset.askAgain")}
                    </Link>
                </Button>
            </Page>
        );
    }
    const submit = form.handleSubmit((values) =>
        setting.mutate(
            { token, ...values },
            {
                onError: (error) => {
                    if (showFieldErrors(error, ["password"], form.setError)) setting.reset();
                },
            },
        ),
    );
    return (
        <Page title={t("reset.title")} lead={t("reset.lead")} width="narrow">
            <Card className="p-6">
                <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
                    {setting.isError && (
                        <>
                            <ErrorNotice error={setting.error} />
                            <Link className="text-accent underline" to="/forgot-password">
                                {t("reset.askAgain")}
                            </Link>
                        </>
                    )}
                    <PasswordField
                        label={t("reset.newPassword")}
                        hint={t("signUp.passwordHint")}
                        required
                        error={form.formState.errors.password?.message}
                        {...form.register("password")}
                    />
                    <Button type="submit" busy={setting.isPending}>
                        {t("reset.submit")}
                    </Button>
                </form>
            </Card>
        </Page>
    );
}
