import { useState, type ReactNode } from "react";
import { ArrowLeft, FlaskConical, History, KeyRound, Pencil, Trash2 } from "lucide-react";
import { Link, useNavigate, useParams } from "react-router";
import { Problem } from "~/api/problem";
import { useToast } from "~/app/useToast";
import { Figures } from "~/features/admin/Figures";
import { useFacilities, useProviders } from "~/features/catalogue/queries";
import { dayAndClock } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { t } from "~/text/steering";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { RemoveDialog, ReplayDialog, RotateDialog, TestDialog } from "./Dialogs";
import { EndpointDialog } from "./EndpointDialog";
import { HealthBadge, healthText } from "./HealthBadge";
import { endpointName, useEndpoint, useSwitch, type Endpoint } from "./queries";
import { SecretDialog } from "./SecretDialog";

const NOT_THERE = new Set(["not_found", "validation_failed"]);
const link = "inline-flex min-h-6 items-center text-accent underline underline-offset-4";
type Open = "edit" | "rotate" | "test" | "replay" | "remove" | null;

function Fact({ name, children }: { name: string; children: ReactNode }) {
    return (
        <div className="grid grid-cols-[7rem_1fr] gap-3 border-b border-line py-2 last:border-0">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 font-medium wrap-anywhere">{children}</dd>
        </div>
    );
}

function scopeText(endpoint: Endpoint, named: { id: string; name: string }[]): string {
    const ids = [...endpoint.providerIds, ...endpoint.facilityIds];
    const names = ids.map((id) => named.find((one) => one.id === id)?.name ?? id);
    return names.join(", ") || t("webhooks.everything");
}

/** The former secret ends by itself; until then nobody can start another change of secrets. */
function Rotating({ until }: { until: string }) {
    const left = new Date(until).getTime() - useNow();
    if (left <= 0) return null;
    const minutes = Math.ceil(left / 60_000);
    const time = t("webhooks.hoursLeft", {
        hours: Math.floor(minutes / 60),
        minutes: minutes % 60,
    });
    return <Notice>{t("webhooks.rotating", { time })}</Notice>;
}

function Health({ endpoint }: { endpoint: Endpoint }) {
    const { sent, failed, successRate, waiting } = endpoint.health;
    return (
        <section aria-labelledby="health" className="flex flex-col gap-3">
            <div className="flex flex-wrap items-center gap-3">
                <h2 id="health" className="text-xl font-bold">
                    {t("webhooks.healthTitle")}
                </h2>
                <HealthBadge endpoint={endpoint} />
                <Link
                    className={`${link} ml-auto`}
                    to={`/admin/deliveries?endpointId=${endpoint.id}`}
                >
                    {t("webhooks.deliveries")}
                </Link>
            </div>
            <Figures
                figures={[
                    { label: t("webhooks.delivered"), value: String(sent) },
                    { label: t("webhooks.failed"), value: String(failed), bad: failed > 0 },
                    {
                        label: t("webhooks.success"),
                        value:
                            successRate === null
                                ? t("webhooks.none7")
                                : `${Math.floor(successRate * 100)} %`,
                    },
                    { label: t("webhooks.waitingLabel"), value: String(waiting) },
                ]}
            />
            <p className="text-muted">{healthText(endpoint)}</p>
        </section>
    );
}

function Actions({ endpoint, onOpen }: { endpoint: Endpoint; onOpen: (open: Open) => void }) {
    const toast = useToast();
    const change = useSwitch(endpoint.id);
    const isOn = endpoint.state === "enabled";
    return (
        <div className="flex flex-wrap gap-2">
            <Button onClick={() => onOpen("test")}>
                <FlaskConical aria-hidden size={18} />
                {t("webhooks.test")}
            </Button>
            <Button look="secondary" onClick={() => onOpen("edit")}>
                <Pencil aria-hidden size={18} />
                {t("webhooks.edit")}
            </Button>
            <Button look="secondary" onClick={() => onOpen("rotate")}>
                <KeyRound aria-hidden size={18} />
                {t("webhooks.rotate")}
            </Button>
            <Button look="secondary" disabled={!isOn} onClick={() => onOpen("replay")}>
                <History aria-hidden size={18} />
                {t("webhooks.replay")}
            </Button>
            <Button
                look="secondary"
                busy={change.isPending}
                onClick={() =>
                    change.mutate(isOn ? "disable" : "enable", {
                        onSuccess: () =>
                            toast.done(t(isOn ? "webhooks.disabled" : "webhooks.enabled")),
                        onError: toast.failed,
                    })
                }
            >
                {t(isOn ? "webhooks.disable" : "webhooks.enable")}
            </Button>
            <Button look="danger" onClick={() => onOpen("remove")}>
                <Trash2 aria-hidden size={18} />
                {t("webhooks.delete")}
            </Button>
        </div>
    );
}

function Details({ endpoint }: { endpoint: Endpoint }) {
    const navigate = useNavigate();
    const toast = useToast();
    const [open, setOpen] = useState<Open>(null);
    const [secret, setSecret] = useState<string | null>(null);
    const named = [...(useProviders().data ?? []), ...(useFacilities().data ?? [])];
    const close = () => setOpen(null);
    return (
        <>
            <Actions endpoint={endpoint} onOpen={setOpen} />
            {endpoint.previousSecretUntil && <Rotating until={endpoint.previousSecretUntil} />}
            <Health endpoint={endpoint} />
            <Card className="sm:p-6">
                <h2 className="mb-2 text-lg font-bold">{t("webhooks.facts")}</h2>
                <dl>
                    <Fact name={t("webhooks.address")}>{endpoint.url}</Fact>
                    <Fact name={t("webhooks.events")}>{endpoint.types.join(", ")}</Fact>
                    <Fact name={t("webhooks.of")}>{scopeText(endpoint, named)}</Fact>
                    <Fact name={t("webhooks.made")}>{dayAndClock(endpoint.createdAt)}</Fact>
                </dl>
            </Card>
            {open === "edit" && (
                <EndpointDialog
                    endpoint={endpoint}
                    onClose={close}
                    onSaved={() => {
                        close();
                        toast.done(t("webhooks.saved"));
                    }}
                />
            )}
            {open === "rotate" && (
                <RotateDialog
                    endpoint={endpoint}
                    onClose={close}
                    onRotated={(made) => {
                        close();
                        setSecret(made);
                    }}
                />
            )}
            {open === "test" && <TestDialog endpoint={endpoint} onClose={close} />}
            {open === "replay" && (
                <ReplayDialog
                    endpoint={endpoint}
                    onClose={close}
                    onReplayed={(count) => {
                        close();
                        toast.done(t("webhooks.replayed", { count }));
                    }}
                />
            )}
            {open === "remove" && (
                <RemoveDialog
                    endpoint={endpoint}
                    onClose={close}
                    onRemoved={() => {
                        toast.done(t("webhooks.deleted"));
                        void navigate("/admin/webhooks");
                    }}
                />
            )}
            {secret !== null && <SecretDialog secret={secret} onClose={() => setSecret(null)} />}
        </>
    );
}

/** One endpoint: how it does, and everything that can be done with it. */
export default function EndpointPage() {
    const { endpointId = "" } = useParams();
    const { data: endpoint, error, refetch } = useEndpoint(endpointId);
    const isMissing = error instanceof Problem && NOT_THERE.has(error.scenario);
    return (
        <Page title={endpoint ? endpointName(endpoint) : t("webhooks.title")} width="wide">
            <Link to="/admin/webhooks" className={`${link} gap-1 self-start`}>
                <ArrowLeft aria-hidden size={18} />
                {t("webhooks.back")}
            </Link>
            {endpoint && !isMissing && <Details endpoint={endpoint} />}
            {isMissing && (
                <Empty title={t("webhooks.notFoundTitle")} text={t("webhooks.notFoundText")} />
            )}
            {error && !isMissing && <ErrorNotice error={error} onRetry={() => void refetch()} />}
            {!endpoint && !error && <Skeleton rows={3} className="h-24" />}
        </Page>
    );
}
