import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { api, data } from "~/api/client";
import { useToast } from "~/app/useToast";
import { useUser } from "~/features/account/session";
import { t } from "~/text/account";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";

/** Proves the number in the profile: a code comes by SMS and is typed in. */
export function PhoneVerification({ address }: { address: string }) {
    const { id } = useUser();
    const client = useQueryClient();
    const toast = useToast();
    const [code, setCode] = useState("");
    const path = { params: { path: { user_id: id } } };
    const send = useMutation({
        mutationFn: () =>
            data(api.POST("/api/v1/users/{user_id}/phone-verification", { ...path, body: {} })),
        onSuccess: () => setCode(""),
    });
    const check = useMutation({
        mutationFn: () =>
            data(
                api.PUT("/api/v1/users/{user_id}/phone-verification", { ...path, body: { code } }),
            ),
        onSuccess: () => {
            toast.done(t("phone.verified", { address }));
            void client.invalidateQueries();
        },
    });
    const submit = (event: SubmitEvent) => {
        event.preventDefault();
        check.mutate();
    };
    return (
        <section aria-label={t("phone.title")} className="flex flex-col gap-3">
            <h3 className="font-medium">{t("phone.title")}</h3>
            <p className="text-sm text-muted">{t("phone.reason", { address })}</p>
            {send.isSuccess && (
                <form onSubmit={submit} className="flex flex-col gap-3">
                    <Field
                        label={t("phone.code")}
                        hint={t("phone.codeHint")}
                        inputMode="numeric"
                        autoComplete="one-time-code"
                        maxLength={9}
                        value={code}
                        onChange={({ target }) => setCode(target.value)}
                    />
                    {check.isError && <ErrorNotice error={check.error} />}
                    <Button
                        type="submit"
                        className="self-start"
                        busy={check.isPending}
                        disabled={code.trim() === ""}
                    >
                        {t("phone.check")}
                    </Button>
                </form>
            )}
            {send.isError && <ErrorNotice error={send.error} />}
            <Button
                look="secondary"
                className="self-start"
                busy={send.isPending}
                onClick={() => {
                    check.reset();
                    send.mutate();
                }}
            >
                {t(send.isSuccess ? "phone.again" : "phone.send")}
            </Button>
        </section>
    );
}
