import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Link, useNavigate, useSearchParams } from "react-router";
import { z } from "zod";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { safeNext } from "./safeNext";
import { useSignIn } from "./session";

const shape = z.object({ email: z.string().min(1), password: z.string().min(1) });

export default function SignInPage() {
    const [params] = useSearchParams();
    const navigate = useNavigate();
    const signIn = useSignIn();
    const form = useForm({
        resolver: zodResolver(shape),
        defaultValues: { email: "", password: "" },
    });
    const submit = form.handleSubmit((credentials) =>
        signIn.mutate(credentials, {
            onSuccess: () => void navigate(safeNext(params.get("next")), { replace: true }),
        }),
    );
    const next = params.toString();
    return (
        <Page title={t("signIn.title")} width="narrow">
            <Card className="p-6">
                <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
                    {signIn.isError && <ErrorNotice error={signIn.error} />}
                    <Field
                        label={t("signIn.email")}
                        type="email"
                        autoComplete="username"
                        required
                        {...form.register("email")}
                    />
                    <Field
                        label={t("signIn.password")}
                        type="password"
                        autoComplete="current-password"
                        required
                        {...form.register("password")}
                    />
                    <Button type="submit" busy={signIn.isPending}>
                        {t("signIn.submit")}
                    </Button>
                </form>
            </Card>
            <p className="text-center">
                {t("signIn.noAccount")}{" "}
                <Link className="font-semibold text-accent underline" to={`/sign-up?${next}`}>
                    {t("signIn.createOne")}
                </Link>
            </p>
            <p className="text-center">
                <Link className="text-accent underline" to="/forgot-password">
                    {t("signIn.forgot")}
                </Link>
            </p>
        </Page>
    );
}
