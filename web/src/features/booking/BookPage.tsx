import { useDeferredValue, useEffect } from "react";
import { ArrowLeft } from "lucide-react";
import { Link, useParams, useSearchParams } from "react-router";
import { useAppDispatch, useAppSelector } from "~/app/store";
import { useFacilities, useProviders, useServices } from "~/features/catalogue/queries";
import { useProviderTimeslots } from "~/features/finding/availability";
import { blockOf } from "~/features/finding/days";
import { cn } from "~/lib/cn";
import { dayKey } from "~/lib/time";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { Booking } from "./Booking";
import { draftBegun, type Target } from "./draftSlice";
import { Summary } from "./Summary";

/** Booking the timeslot that the address names. */
export default function BookPage() {
    const { timeslotId = "" } = useParams();
    const [params] = useSearchParams();
    const target = {
        timeslotId,
        providerId: params.get("providerId") ?? "",
        serviceId: params.get("serviceId") ?? "",
    };
    return (
        <Page title={t("book.title")} width="wide">
            <Content key={timeslotId} target={target} start={params.get("start")} />
        </Page>
    );
}

function Content({ target, start }: { target: Target; start: string | null }) {
    const dispatch = useAppDispatch();
    const { timeslotId, providerId, serviceId } = target;
    useEffect(() => {
        dispatch(draftBegun({ timeslotId, providerId, serviceId }));
    }, [dispatch, timeslotId, providerId, serviceId]);
    const draft = useAppSelector((state) => state.draft.current);
    const queries = [useServices(), useProviders(), useFacilities()] as const;
    // What is deferred is drawn in slices: in one piece it would keep a phone from taking a tap.
    const services = useDeferredValue(queries[0].data);
    const providers = useDeferredValue(queries[1].data);
    const facilities = useDeferredValue(queries[2].data);
    const timeslot = useTimeslot(target, start);
    const failed = queries.slice(0, 2).find((one) => one.isError && !one.data);
    if (failed) return <ErrorNotice error={failed.error} onRetry={() => void failed.refetch()} />;
    if (!services || !providers || draft?.timeslotId !== timeslotId)
        return <Skeleton rows={2} className="h-48" />;
    const service = services.find((one) => one.id === serviceId);
    const provider = providers.find((one) => one.id === providerId);
    if (!service || !provider) return <NothingToBook />;
    const end = start && new Date(Date.parse(start) + service.durationMinutes * 60_000);
    const period = timeslot ?? (start && end ? { start, end: end.toISOString() } : undefined);
    return (
        <div className="grid items-start gap-x-6 gap-y-4 lg:grid-cols-[1fr_1.2fr]">
            <div className={cn("lg:order-none", draft.appointmentId && "order-1")}>
                <Summary
                    service={service}
                    provider={provider}
                    facility={facilities?.find((one) => one.id === timeslot?.facilityId)}
                    period={period}
                    price={draft.price}
                />
            </div>
            <Booking
                target={target}
                draft={draft}
                service={service}
                provider={provider}
                period={period}
            />
            {!draft.appointmentId && (
                <Button asChild look="quiet" className="justify-self-start">
                    <Link to={`/find?service=${serviceId}&provider=${providerId}`}>
                        <ArrowLeft aria-hidden size={18} />
                        {t("book.chooseOther")}
                    </Link>
                </Button>
            )}
        </div>
    );
}

/** The timeslot itself, from the same list that the finder shows. */
function useTimeslot({ timeslotId, providerId, serviceId }: Target, start: string | null) {
    const today = dayKey(new Date());
    const day = start && !Number.isNaN(Date.parse(start)) ? dayKey(start) : today;
    const { data } = useProviderTimeslots(providerId, serviceId, blockOf(day, today));
    return data?.find((one) => one.id === timeslotId);
}

function NothingToBook() {
    return (
        <Empty
            title={t("book.nothing")}
            text={t("book.nothingText")}
            action={
                <Button asChild>
                    <Link to="/find">{t("nav.find")}</Link>
                </Button>
            }
        />
    );
}
