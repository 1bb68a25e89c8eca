import { useState } from "react";
import { useSearchParams } from "react-router";
import { UserRoundX } from "lucide-react";
import { useUser } from "~/features/account/session";
import { useProviders, type Provider } from "~/features/catalogue/queries";
import { t } from "~/text/calendars";
import { Empty } from "~/ui/Empty";
import { Select } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { Conflicts } from "./Conflicts";
import { Connections } from "./Connections";
import { Feeds } from "./Feeds";
import { useConnections } from "./queries";
import { newsOf, type Asked } from "./standing";

function OfProvider({ provider: { id }, isOwn }: { provider: Provider; isOwn: boolean }) {
    const [asked, setAsked] = useState<Record<string, Asked>>({});
    const connections = useConnections(id, isOwn, (one) => {
        const mine = asked[one.id];
        return mine !== undefined && newsOf(one, mine, Date.now()) === "reading";
    });
    const reads = connections.data?.map(({ lastSyncedAt }) => lastSyncedAt ?? "") ?? [];
    return (
        <>
            {isOwn ? (
                <Connections
                    providerId={id}
                    connections={connections}
                    asked={asked}
                    onAsked={(one, when) => setAsked((all) => ({ ...all, [one]: when }))}
                />
            ) : (
                <Notice>{t("calendars.notYours")}</Notice>
            )}
            <Conflicts providerId={id} readAt={reads.join()} />
            {isOwn && (
                <section aria-labelledby="feeds" className="flex flex-col gap-3">
                    <div>
                        <h2 id="feeds" className="text-xl font-bold">
                            {t("feeds.title")}
                        </h2>
                        <p className="text-muted">{t("feeds.lead")}</p>
                    </div>
                    <Card>
                        <Feeds providerId={id} label="feeds" />
                    </Card>
                </section>
            )}
        </>
    );
}

/** A provider's calendars elsewhere: connected ones, what collides with them, and feeds. */
export default function CalendarsPage() {
    const me = useUser();
    const [params, setParams] = useSearchParams();
    const providers = useProviders();
    const id = me.providerId ?? params.get("providerId");
    const provider = providers.data?.find((one) => one.id === id) ?? providers.data?.[0];
    return (
        <Page title={t("nav.calendars")} lead={t("calendars.lead")}>
            {providers.isError && (
                <ErrorNotice error={providers.error} onRetry={() => void providers.refetch()} />
            )}
            {providers.isPending && <Skeleton />}
            {providers.data?.length === 0 && (
                <Empty
                    icon={<UserRoundX size={32} />}
                    title={t("calendars.noProvider")}
                    text={t("calendars.noProviderText")}
                />
            )}
            {provider && (
                <>
                    {!me.providerId && (
                        <Select
                            label={t("calendars.provider")}
                            className="w-full max-w-72"
                            value={provider.id}
                            onChange={({ target }) =>
                                setParams({ providerId: target.value }, { replace: true })
                            }
                        >
                            {providers.data?.map(({ id: value, name }) => (
                                <option key={value} value={value}>
                                    {name}
                                </option>
                            ))}
                        </Select>
                    )}
                    <OfProvider
                        key={provider.id}
                        provider={provider}
                        isOwn={me.role === "admin" || me.providerId === provider.id}
                    />
                </>
            )}
        </Page>
    );
}
