import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Link, useNavigate, useSearchParams } from "react-router";
import { z } from "zod";
import { Problem } from "~/api/problem";
import { t } from "~/text/account";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { showFieldErrors } from "./fieldErrors";
import { PasswordField } from "./PasswordField";
import { email, name, notOwn, password, phone } from "./rules";
import { safeNext } from "./safeNext";
import { useSignUp } from "./session";

const shape = z
    .object({ name, email, phone, password })
    .refine((values) => notOwn(values)(values.password), {
        path: ["password"],
        error: () => t("signUp.passwordOwn"),
    });
const FIELDS = ["name", "email", "phone", "password"] as const;

/** A new account; afterwards one is signed in, and back where one came from. */
export default function SignUpPage() {
    const [params] = useSearchParams();
    const navigate = useNavigate();
    const signUp = useSignUp();
    const form = useForm({
        resolver: zodResolver(shape),
        defaultValues: { name: "", email: "", phone: "", password: "" },
    });
    const { errors } = form.formState;
    const submit = form.handleSubmit((values) =>
        signUp.mutate(
            { ...values, phone: values.phone || null },
            {
                onSuccess: () => void navigate(safeNext(params.get("next")), { replace: true }),
                onError: (error) => {
                    if (error instanceof Problem && error.scenario === "email_taken")
                        form.setError("email", { message: error.text }, { shouldFocus: true });
                    else if (showFieldErrors(error, FIELDS, form.setError)) signUp.reset();
                },
            },
        ),
    );
    const isTaken = signUp.error instanceof Problem && signUp.error.scenario === "email_taken";
    return (
        <Page title={t("signUp.title")} lead={t("signUp.lead")} width="narrow">
            <Card className="p-6">
                <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
                    {signUp.isError && !isTaken && <ErrorNotice error={signUp.error} />}
                    <Field
                        label={t("signUp.name")}
                        autoComplete="name"
                        required
                        error={errors.name?.message}
                        {...form.register("name")}
                    />
                    <Field
                        label={t("signIn.email")}
                        type="email"
                        autoComplete="username"
                        required
                        error={errors.email?.message}
                        {...form.register("email")}
                    />
                    <Field
                        label={t("signUp.phone")}
                        hint={t("signUp.phoneHint")}
                        type="tel"
                        autoComplete="tel"
                        error={errors.phone?.message}
                        {...form.register("phone")}
                    />
                    <PasswordField
                        label={t("signIn.password")}
                        hint={t("signUp.passwordHint")}
                        required
                        error={errors.password?.message}
                        {...form.register("password")}
                    />
                    <Button type="submit" busy={signUp.isPending}>
                        {t("signUp.submit")}
                    </Button>
                </form>
            </Card>
            <p className="text-center">
                {t("signUp.haveOne")}{" "}
                <Link
                    className="font-semibold text-accent underline"
                    to={`/sign-in?${params.toString()}`}
                >
                    {t("nav.signIn")}
                </Link>
            </p>
        </Page>
    );
}
