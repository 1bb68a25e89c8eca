import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { Link } from "react-router";
import { z } from "zod";
import { api, data } from "~/api/client";
import { t } from "~/text/account";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { email } from "./rules";

/** Asks for a mail with a link that sets a new password. */
export default function ForgotPasswordPage() {
    const asking = useMutation({
        mutationFn: (body: { email: string }) =>
            data(api.POST("/api/v1/auth/password-reset-request", { body })),
    });
    const form = useForm({
        resolver: zodResolver(z.object({ email })),
        defaultValues: { email: "" },
    });
    return (
        <Page title={t("reset.forgotTitle")} lead={t("reset.forgotLead")} width="narrow">
            <Card className="p-6">
                <form
                    className="flex flex-col gap-4"
                    onSubmit={form.handleSubmit((values) => asking.mutate(values))}
                    noValidate
                >
                    {asking.isError && <ErrorNotice error={asking.error} />}
                    {asking.isSuccess && <Notice>{t("reset.sent")}</Notice>}
                    <Field
                        label={t("signIn.email")}
                        type="email"
                        autoComplete="username"
                        required
                        error={form.formState.errors.email?.message}
                        {...form.register("email")}
                    />
                    <Button type="submit" busy={asking.isPending}>
                        {t(asking.isSuccess ? "reset.sendAgain" : "reset.send")}
                    </Button>
                </form>
            </Card>
            <p className="text-center">
                <Link className="text-accent underline" to="/sign-in">
                    {t("reset.backToSignIn")}
                </Link>
            </p>
        </Page>
    );
}
