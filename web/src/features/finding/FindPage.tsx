import { useDeferredValue } from "react";
import { useIsVisitor } from "~/features/account/session";
import { useFacilities, useProviders, useServices } from "~/features/catalogue/queries";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { ChooseWhat } from "./ChooseWhat";
import { ChooseWhen } from "./ChooseWhen";
import { useCriteria } from "./criteria";

/** Finding a time: what and with whom, then when. Also the first screen of who is not signed in. */
export default function FindPage() {
    const isVisitor = useIsVisitor();
    return (
        <Page
            title={t(isVisitor ? "find.welcome" : "find.title")}
            lead={t(isVisitor ? "find.welcomeLead" : "find.lead")}
            width="wide"
        >
            <Finder />
        </Page>
    );
}

function Finder() {
    const [criteria, change] = useCriteria();
    const queries = [useServices(), useProviders(), useFacilities()] as const;
    // What is deferred is drawn in slices: in one piece it would keep a phone from taking a tap.
    const services = useDeferredValue(queries[0].data);
    const providers = useDeferredValue(queries[1].data);
    const facilities = useDeferredValue(queries[2].data);
    const failed = queries.find((one) => one.isError && !one.data);
    if (failed) return <ErrorNotice error={failed.error} onRetry={() => void failed.refetch()} />;
    if (!services || !providers || !facilities) return <Skeleton rows={6} className="h-24" />;
    const catalogue = {
        services: services.filter((one) => one.isActive),
        providers: providers.filter((one) => one.isActive),
        facilities,
    };
    const service = catalogue.services.find((one) => one.id === criteria.service);
    const provider = catalogue.providers.find((one) => one.id === criteria.provider);
    const isGone =
        (criteria.service !== null && !service) ||
        (criteria.provider !== null && !provider) ||
        (service && provider && !provider.serviceIds.includes(service.id));
    const startOver = () => change({ service: null, provider: null, facility: null, day: null });
    return (
        <>
            {isGone && <Notice tone="warning">{t("find.gone")}</Notice>}
            {service ? (
                <ChooseWhen
                    catalogue={catalogue}
                    service={service}
                    criteria={criteria}
                    onChange={change}
                />
            ) : (
                <ChooseWhat catalogue={catalogue} provider={provider} onChoose={change} />
            )}
            {provider && !service && (
                <Button look="quiet" className="self-start" onClick={startOver}>
                    {t("find.startOver")}
                </Button>
            )}
        </>
    );
}
