import { useSearchParams } from "react-router";
import { UserRoundX } from "lucide-react";
import { useUser } from "~/features/account/session";
import { useProviders } from "~/features/catalogue/queries";
import { clocksDiffer, zoneCity } from "~/lib/time";
import { t } from "~/text/staff";
import { Empty } from "~/ui/Empty";
import { Select } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Segments } from "~/ui/Segments";
import { Skeleton } from "~/ui/Skeleton";
import { BulkTab } from "./BulkTab";
import { GenerateTab } from "./GenerateTab";
import { ScheduleTab } from "./ScheduleTab";
import { SingleTab } from "./SingleTab";

const TABS = {
    schedule: ScheduleTab,
    generate: GenerateTab,
    one: SingleTab,
    bulk: BulkTab,
};
type Tab = keyof typeof TABS;
const OPTIONS = (Object.keys(TABS) as Tab[]).map((value) => ({
    value,
    label: t(`publish.tab.${value}`),
}));

/** When a provider can be booked: the schedule, and the slots made from it or beside it. */
export default function PublishPage() {
    const me = useUser();
    const [params, setParams] = useSearchParams();
    const providers = useProviders();
    const id = me.providerId ?? params.get("provider");
    const provider = providers.data?.find((one) => one.id === id) ?? providers.data?.[0];
    const asked = params.get("do");
    const tab = OPTIONS.find(({ value }) => value === asked)?.value ?? "schedule";
    const Content = TABS[tab];
    const show = (change: Record<string, string>) =>
        setParams({ ...Object.fromEntries(params), ...change }, { replace: true });
    return (
        <Page title={t("publish.title")} lead={t("publish.lead")} width="wide">
            {providers.isError && (
                <ErrorNotice error={providers.error} onRetry={() => void providers.refetch()} />
            )}
            {providers.isPending && <Skeleton />}
            {providers.data?.length === 0 && (
                <Empty icon={<UserRoundX size={32} />} title={t("publish.noProvider")} />
            )}
            {provider && (
                <>
                    <div className="flex flex-wrap items-end gap-4">
                        {!me.providerId && (
                            <Select
                                label={t("publish.provider")}
                                className="w-full max-w-72"
                                value={provider.id}
                                onChange={(event) => show({ provider: event.target.value })}
                            >
                                {providers.data?.map(({ id: value, name }) => (
                                    <option key={value} value={value}>
                                        {name}
                                    </option>
                                ))}
                            </Select>
                        )}
                        <div className="max-w-full overflow-x-auto">
                            <Segments
                                label={t("publish.what")}
                                value={tab}
                                onChange={(value) => show({ do: value })}
                                options={OPTIONS}
                            />
                        </div>
                    </div>
                    {clocksDiffer(new Date().toISOString(), provider.timezone) && (
                        <Notice>{t("publish.zone", { city: zoneCity(provider.timezone) })}</Notice>
                    )}
                    <Content key={provider.id} provider={provider} />
                </>
            )}
        </Page>
    );
}
