import { Mail } from "lucide-react";
import { Link } from "react-router";
import { rows } from "~/api/lists";
import { useUser } from "~/features/account/session";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/messages";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { ChannelIcon } from "./ChannelIcon";
import { useOwnMessages } from "./queries";
import { StateBadge } from "./StateBadge";
import { channelName, purposeName, type Delivery } from "./words";

function Message({ message }: { message: Delivery }) {
    const { channel, purpose, address, appointmentId } = message;
    const at = message.settledAt ?? message.createdAt;
    const to = address ? ` ${t("messages.to", { address })}` : "";
    return (
        <li className="flex gap-3 border-b border-line py-4 last:border-0">
            <span className="mt-0.5">
                <ChannelIcon channel={channel} />
            </span>
            <div className="flex min-w-0 flex-1 flex-wrap items-start justify-between gap-x-4 gap-y-1">
                <div className="min-w-0">
                    <p className="font-semibold">{purposeName(purpose)}</p>
                    <p className="text-sm wrap-anywhere text-muted">
                        {channelName(channel)}
                        {to} · <time dateTime={at}>{dayAndClock(at)}</time>
                    </p>
                    {appointmentId && (
                        <Link
                            to={`/appointments/${appointmentId}`}
                            aria-label={`${t("messages.appointment")}: ${purposeName(purpose)}, ${dayAndClock(at)}`}
                            className="inline-flex min-h-6 items-center text-sm text-accent underline underline-offset-4"
                        >
                            {t("messages.appointment")}
                        </Link>
                    )}
                </div>
                <StateBadge delivery={message} />
            </div>
        </li>
    );
}

/** What was sent to whoever is signed in. */
export default function MessagesPage() {
    const me = useUser();
    const messages = useOwnMessages(me.id);
    const found = rows(messages.data);
    return (
        <Page title={t("messages.title")} lead={t("messages.lead")}>
            {messages.isPending && <Skeleton rows={4} />}
            {messages.error && (
                <ErrorNotice error={messages.error} onRetry={() => void messages.refetch()} />
            )}
            {messages.data && found.length === 0 && (
                <Empty
                    icon={<Mail size={32} />}
                    title={t("messages.none")}
                    text={t("messages.noneText")}
                />
            )}
            {found.length > 0 && (
                <Card className="py-0">
                    <ul aria-label={t("messages.list")}>
                        {found.map((message) => (
                            <Message key={message.id} message={message} />
                        ))}
                    </ul>
                </Card>
            )}
            {messages.hasNextPage && (
                <Button
                    look="secondary"
                    className="self-center"
                    busy={messages.isFetchingNextPage}
                    onClick={() => void messages.fetchNextPage()}
                >
                    {t("app.more")}
                </Button>
            )}
        </Page>
    );
}
