import { useState } from "react";
import { Inbox } from "lucide-react";
import { useUser } from "~/features/account/session";
import type { Appointment } from "~/features/appointments/queries";
import { useProviders } from "~/features/catalogue/queries";
import { useBookings } from "~/realtime/useBookings";
import { t } from "~/text/staff";
import { Empty } from "~/ui/Empty";
import { ErrorNotice } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { AcceptDialog } from "./AcceptDialog";
import { MOST_SHOWN, useWaitingRequests } from "./queries";
import { RejectDialog } from "./RejectDialog";
import { RequestCard } from "./RequestCard";

const MOST_CHANNELS = 50;

function LiveBookings({ providerId }: { providerId: string }) {
    useBookings(`provider.${providerId}.bookings`);
    return null;
}

/** The inbox: what waits for an answer, the most urgent first. */
export default function RequestsPage() {
    const me = useUser();
    const waiting = useWaitingRequests();
    const providers = useProviders().data ?? [];
    const [accepting, setAccepting] = useState<Appointment | null>(null);
    const [rejecting, setRejecting] = useState<Appointment | null>(null);
    const heard = me.providerId
        ? [me.providerId]
        : providers.slice(0, MOST_CHANNELS).map(({ id }) => id);
    const count = waiting.data?.length ?? 0;
    return (
        <Page
            title={t("requests.title")}
            lead={
                waiting.data &&
                (count < MOST_SHOWN
                    ? t("requests.count", { count })
                    : t("requests.many", { count: MOST_SHOWN }))
            }
        >
            {waiting.isError && (
                <ErrorNotice error={waiting.error} onRetry={() => void waiting.refetch()} />
            )}
            {waiting.isPending && <Skeleton className="h-44" />}
            {waiting.data?.length === 0 && (
                <Empty
                    icon={<Inbox size={32} />}
                    title={t("requests.none")}
                    text={t("requests.noneText")}
                />
            )}
            <ul className="flex flex-col gap-4">
                {waiting.data?.map((request) => (
                    <li key={request.id}>
                        <RequestCard
                            request={request}
                            onAccept={() => setAccepting(request)}
                            onReject={() => setRejecting(request)}
                        />
                    </li>
                ))}
            </ul>
            {heard.map((id) => (
                <LiveBookings key={id} providerId={id} />
            ))}
            <AcceptDialog request={accepting} onClose={() => setAccepting(null)} />
            <RejectDialog request={rejecting} onClose={() => setRejecting(null)} />
        </Page>
    );
}
