import { useState } from "react";
import { Plus, Webhook } from "lucide-react";
import { Link, useNavigate } from "react-router";
import { t } from "~/text/steering";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { Catalogue } from "./Catalogue";
import { EndpointDialog } from "./EndpointDialog";
import { HealthBadge, healthText } from "./HealthBadge";
import { endpointName, useEndpoints, type Endpoint } from "./queries";
import { SecretDialog } from "./SecretDialog";
import { Verification } from "./Verification";

function Row({ endpoint }: { endpoint: Endpoint }) {
    return (
        <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line py-3 last:border-0">
            <div className="min-w-0 flex-1 basis-64">
                <Link
                    to={`/admin/webhooks/${endpoint.id}`}
                    className="inline-flex min-h-6 items-center font-semibold wrap-anywhere text-accent underline-offset-4 hover:underline"
                >
                    {endpointName(endpoint)}
                </Link>
                <p className="text-sm wrap-anywhere text-muted">{endpoint.url}</p>
                <p className="text-sm text-muted">{healthText(endpoint)}</p>
            </div>
            <HealthBadge endpoint={endpoint} />
        </li>
    );
}

/** Which systems are told of bookings, how that goes, and how to receive it. */
export default function WebhooksPage() {
    const endpoints = useEndpoints();
    const navigate = useNavigate();
    const [isNew, setNew] = useState(false);
    const [made, setMade] = useState<{ id: string; secret: string } | null>(null);
    const add = (
        <Button onClick={() => setNew(true)}>
            <Plus aria-hidden size={20} />
            {t("webhooks.new")}
        </Button>
    );
    return (
        <Page
            title={t("nav.webhooks")}
            lead={t("webhooks.lead")}
            width="wide"
            actions={endpoints.data?.length ? add : undefined}
        >
            {endpoints.isPending && <Skeleton rows={2} />}
            {endpoints.error && (
                <ErrorNotice error={endpoints.error} onRetry={() => void endpoints.refetch()} />
            )}
            {endpoints.data?.length === 0 && (
                <Empty
                    icon={<Webhook size={32} />}
                    title={t("webhooks.none")}
                    text={t("webhooks.noneText")}
                    action={add}
                />
            )}
            {endpoints.data && endpoints.data.length > 0 && (
                <Card className="py-1">
                    <ul aria-label={t("webhooks.endpoints")}>
                        {endpoints.data.map((endpoint) => (
                            <Row key={endpoint.id} endpoint={endpoint} />
                        ))}
                    </ul>
                </Card>
            )}
            <Catalogue />
            <Verification />
            {isNew && (
                <EndpointDialog
                    endpoint={null}
                    onClose={() => setNew(false)}
                    onSaved={({ id, secret }) => {
                        setNew(false);
                        setMade({ id, secret: secret ?? "" });
                    }}
                />
            )}
            {made && (
                <SecretDialog
                    secret={made.secret}
                    onClose={() => {
                        setMade(null);
                        void navigate(`/admin/webhooks/${made.id}`);
                    }}
                />
            )}
        </Page>
    );
}
