import { useState, type ReactNode } from "react";
import { ArrowLeft, RotateCw, Trash2 } from "lucide-react";
import { Link, useNavigate, useParams } from "react-router";
import { Problem } from "~/api/problem";
import { usePerson } from "~/features/admin/audit";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/steering";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { Attempts } from "./Attempts";
import { BulkDialog } from "./BulkDialog";
import { laneName } from "./laneName";
import { Preview } from "./Preview";
import { useDelivery } from "./queries";
import { StateBadge } from "./StateBadge";
import { useEndpointNames } from "./useEndpointNames";
import { useResendOne } from "./useResendOne";
import { channelName, hasEnded, mayBeResent, purposeName, type Delivery } from "./words";

const NOT_THERE = new Set(["not_found", "validation_failed"]);

function Fact({ name, children }: { name: string; children: ReactNode }) {
    return (
        <div className="grid grid-cols-[8rem_1fr] gap-3 border-b border-line py-2 last:border-0">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 font-medium wrap-anywhere">{children}</dd>
        </div>
    );
}

const link = "inline-flex min-h-6 items-center text-accent underline underline-offset-4";

function Moment({ at }: { at: string }) {
    return <time dateTime={at}>{dayAndClock(at)}</time>;
}

function Person({ id }: { id: string }) {
    const person = usePerson(id).data;
    return (
        <>
            {person?.name}{" "}
            <Link className={link} to={`/admin/deliveries?userId=${id}`}>
                {t("delivery.seeAll")}
            </Link>
        </>
    );
}

function Facts({ delivery }: { delivery: Delivery }) {
    const endpointName = useEndpointNames().get(delivery.endpointId ?? "");
    const { userId, appointmentId, endpointId, resendOf, settledAt } = delivery;
    return (
        <dl>
            <Fact name={t("delivery.state")}>
                <StateBadge delivery={delivery} />
            </Fact>
            <Fact name={t("delivery.to")}>{delivery.address ?? t("deliveries.noAddress")}</Fact>
            {userId && (
                <Fact name={t("delivery.person")}>
                    <Person id={userId} />
                </Fact>
            )}
            {appointmentId && (
                <Fact name={t("delivery.appointment")}>
                    <Link className={link} to={`/appointments/${appointmentId}`}>
                        {t("messages.appointment")}
                    </Link>
                </Fact>
            )}
            {endpointId && (
                <Fact name={t("delivery.endpoint")}>
                    <Link className={link} to={`/admin/webhooks/${endpointId}`}>
                        {endpointName ?? endpointId}
                    </Link>
                </Fact>
            )}
            <Fact name={t("delivery.lane")}>
                {laneName({ id: delivery.lane, channel: delivery.channel }, endpointName)}
            </Fact>
            <Fact name={t("delivery.planned")}>
                <Moment at={delivery.createdAt} />
            </Fact>
            {delivery.state === "pending" && (
                <Fact name={t(delivery.attempts.length > 0 ? "delivery.nextTry" : "delivery.due")}>
                    <Moment at={delivery.dueAt} />
                </Fact>
            )}
            {settledAt ? (
                <Fact name={t("delivery.settled")}>
                    <Moment at={settledAt} />
                </Fact>
            ) : (
                <Fact name={t("delivery.expires")}>
                    <Moment at={delivery.expiresAt} />
                </Fact>
            )}
            {resendOf && (
                <Fact name={t("delivery.resendOf")}>
                    <Link className={link} to={`/admin/deliveries/${resendOf}`}>
                        {t("delivery.seeOriginal")}
                    </Link>
                </Fact>
            )}
        </dl>
    );
}

function Actions({ delivery }: { delivery: Delivery }) {
    const navigate = useNavigate();
    const { resend, pendingId } = useResendOne();
    const [isDiscarding, setDiscarding] = useState(false);
    const mayBeDiscarded = delivery.state === "pending" || delivery.state === "uncertain";
    return (
        <>
            {mayBeDiscarded && (
                <Button look="danger" onClick={() => setDiscarding(true)}>
                    <Trash2 aria-hidden size={18} />
                    {t("deliveries.discard")}
                </Button>
            )}
            {hasEnded(delivery) && mayBeResent(delivery) && (
                <Button
                    busy={pendingId !== null}
                    onClick={() =>
                        resend(delivery.id, (id) => void navigate(`/admin/deliveries/${id}`))
                    }
                >
                    <RotateCw aria-hidden size={18} />
                    {t("deliveries.resend")}
                </Button>
            )}
            {isDiscarding && (
                <BulkDialog
                    action="discard"
                    of={{ ids: [delivery.id] }}
                    onClose={() => setDiscarding(false)}
                />
            )}
        </>
    );
}

/** One delivery: what it is, how each try went, and what it says. */
export default function DeliveryPage() {
    const { deliveryId = "" } = useParams();
    const { data: delivery, error, refetch } = useDelivery(deliveryId);
    const back = (
        <Link to="/admin/deliveries" className={`${link} gap-1 self-start`}>
            <ArrowLeft aria-hidden size={18} />
            {t("delivery.back")}
        </Link>
    );
    if (!delivery) {
        const isMissing = error instanceof Problem && NOT_THERE.has(error.scenario);
        return (
            <Page title={t("delivery.title")} width="wide">
                {back}
                {isMissing && (
                    <Empty title={t("delivery.notFoundTitle")} text={t("delivery.notFoundText")} />
                )}
                {error && !isMissing && (
                    <ErrorNotice error={error} onRetry={() => void refetch()} />
                )}
                {!error && <Skeleton rows={3} className="h-24" />}
            </Page>
        );
    }
    return (
        <Page
            title={purposeName(delivery.purpose)}
            lead={channelName(delivery.channel)}
            width="wide"
            actions={<Actions delivery={delivery} />}
        >
            {back}
            <div className="grid items-start gap-5 lg:grid-cols-[2fr_3fr]">
                <div className="flex min-w-0 flex-col gap-5">
                    <Card className="sm:p-6">
                        <h2 className="mb-2 text-lg font-bold">{t("delivery.facts")}</h2>
                        <Facts delivery={delivery} />
                    </Card>
                    <Card className="sm:p-6">
                        <h2 className="mb-4 text-lg font-bold">{t("delivery.attempts")}</h2>
                        <Attempts delivery={delivery} />
                    </Card>
                </div>
                <Card className="min-w-0 sm:p-6">
                    <h2 className="text-lg font-bold">{t("delivery.preview")}</h2>
                    <p className="mb-4 text-sm text-muted">{t("delivery.previewText")}</p>
                    {delivery.preview ? (
                        <Preview preview={delivery.preview} />
                    ) : (
                        <p className="text-muted">{t("delivery.noPreview")}</p>
                    )}
                </Card>
            </div>
        </Page>
    );
}
