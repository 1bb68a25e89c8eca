import { useMutation } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { useToast } from "~/app/useToast";
import { useUser } from "~/features/account/session";
import { t } from "~/text/account";
import { Button } from "~/ui/Button";
import { reaches, waysOf, type Settings, type Way } from "./notifications";

/** Sends a test to oneself, by each way that messages would come. */
export function TryOut({ settings }: { settings: Settings }) {
    const { id } = useUser();
    const toast = useToast();
    const send = useMutation({
        mutationFn: (channel: Way) =>
            data(
                api.POST("/api/v1/users/{user_id}/notification-settings/test", {
                    params: { path: { user_id: id } },
                    body: { channel },
                }),
            ),
        onSuccess: (_, way) => toast.done(t(`tryOut.sent.${way}`)),
        onError: toast.failed,
    });
    const ways = waysOf(settings).filter((way) => reaches(settings, way));
    if (ways.length === 0) return null;
    return (
        <section aria-label={t("tryOut.title")} className="flex flex-col gap-3">
            <h3 className="font-medium">{t("tryOut.title")}</h3>
            <p className="text-sm text-muted">{t("tryOut.reason")}</p>
            <div className="flex flex-wrap gap-2">
                {ways.map((way) => (
                    <Button
                        key={way}
                        look="secondary"
                        busy={send.isPending && send.variables === way}
                        disabled={send.isPending}
                        onClick={() => send.mutate(way)}
                    >
                        {t(`tryOut.${way}`)}
                    </Button>
                ))}
            </div>
        </section>
    );
}
