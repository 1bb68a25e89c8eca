import { RotateCw } from "lucide-react";
import { rows } from "~/api/lists";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/steering";
import { Button } from "~/ui/Button";
import { ErrorNotice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { ChannelIcon } from "./ChannelIcon";
import { useAppointmentMessages } from "./queries";
import { StateBadge } from "./StateBadge";
import { useResendOne } from "./useResendOne";
import { channelName, mayBeResent, purposeName, type Delivery } from "./words";

type MessageProps = { message: Delivery; busy: boolean; onResend: () => void };

function Message({ message, busy, onResend }: MessageProps) {
    const { channel, purpose, address } = message;
    const at = message.settledAt ?? message.createdAt;
    const what = purposeName(purpose);
    const to = address ?? t("deliveries.noAddress");
    return (
        <li className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line py-3 last:border-0">
            <ChannelIcon channel={channel} />
            <div className="min-w-0 flex-1 basis-40">
                <p className="font-semibold">{what}</p>
                <p className="text-sm wrap-anywhere text-muted">
                    {channelName(channel)} {t("messages.to", { address: to })} ·{" "}
                    <time dateTime={at}>{dayAndClock(at)}</time>
                </p>
            </div>
            <StateBadge delivery={message} />
            {mayBeResent(message) && (
                <Button
                    look="quiet"
                    size="small"
                    busy={busy}
                    aria-label={t("appointmentMessages.resendOf", { what, to })}
                    onClick={onResend}
                >
                    <RotateCw aria-hidden size={16} />
                    {t("deliveries.resend")}
                </Button>
            )}
        </li>
    );
}

/** What was sent about an appointment: to whom, when, by which way, and whether it arrived. */
export default function AppointmentMessages({ appointmentId }: { appointmentId: string }) {
    const messages = useAppointmentMessages(appointmentId);
    const { resend, pendingId } = useResendOne();
    const found = rows(messages.data);
    return (
        <Card className="sm:p-6">
            <h2 className="mb-1 text-lg font-bold">{t("appointmentMessages.title")}</h2>
            <p className="mb-2 text-sm text-muted">{t("appointmentMessages.lead")}</p>
            {messages.isPending && <Skeleton rows={1} />}
            {messages.error && (
                <ErrorNotice error={messages.error} onRetry={() => void messages.refetch()} />
            )}
            {messages.data && found.length === 0 && <p>{t("appointmentMessages.none")}</p>}
            {found.length > 0 && (
                <ul aria-label={t("appointmentMessages.title")}>
                    {found.map((message) => (
                        <Message
                            key={message.id}
                            message={message}
                            busy={pendingId === message.id}
                            onResend={() => resend(message.id)}
                        />
                    ))}
                </ul>
            )}
            {messages.hasNextPage && (
                <Button
                    look="secondary"
                    className="mt-3"
                    busy={messages.isFetchingNextPage}
                    onClick={() => void messages.fetchNextPage()}
                >
                    {t("app.more")}
                </Button>
            )}
        </Card>
    );
}
