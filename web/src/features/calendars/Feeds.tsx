import { useState } from "react";
import { Plus, Trash2 } from "lucide-react";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/calendars";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { ErrorNotice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";
import { AddressDialog, MakeDialog } from "./FeedDialogs";
import { useFeeds, useRevokeFeed, type Feed } from "./queries";

function RevokeDialog({ feed, onClose }: { feed: Feed; onClose: () => void }) {
    const revoke = useRevokeFeed();
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={t("feeds.revokeTitle")}
            description={t("feeds.revokeText")}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("feeds.keep")}
                    </Button>
                    <Button
                        look="danger"
                        busy={revoke.isPending}
                        onClick={() => revoke.mutate(feed, { onSuccess: onClose })}
                    >
                        {t("feeds.revokeYes")}
                    </Button>
                </>
            }
        >
            {revoke.error && <ErrorNotice error={revoke.error} />}
        </Dialog>
    );
}

function One({ feed, onRevoke }: { feed: Feed; onRevoke: () => void }) {
    const detail = t(`feeds.${feed.detail}`);
    const time = dayAndClock(feed.createdAt);
    return (
        <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line py-3 last:border-0">
            <div className="min-w-0 flex-1">
                <p className="font-semibold">{detail}</p>
                <p className="text-sm text-muted tabular-nums">{t("feeds.made", { time })}</p>
            </div>
            <Button
                look="danger"
                size="small"
                aria-label={t("feeds.revokeOf", { detail, time })}
                onClick={onRevoke}
            >
                <Trash2 aria-hidden size={16} />
                {t("feeds.revoke")}
            </Button>
        </li>
    );
}

/**
 * One's feeds, to be made and revoked.
 * @param props.providerId of which provider; null: of one's own appointments
 * @param props.label the id of the heading above
 */
export function Feeds({ providerId, label }: { providerId: string | null; label: string }) {
    const feeds = useFeeds(providerId);
    const [isNew, setNew] = useState(false);
    const [address, setAddress] = useState<string | null>(null);
    const [revoked, setRevoked] = useState<Feed | null>(null);
    return (
        <div className="flex flex-col gap-3">
            {feeds.isPending && <Skeleton rows={1} />}
            {feeds.error && (
                <ErrorNotice error={feeds.error} onRetry={() => void feeds.refetch()} />
            )}
            {feeds.data?.length === 0 && <p className="text-muted">{t("feeds.none")}</p>}
            {feeds.data && feeds.data.length > 0 && (
                <ul aria-labelledby={label}>
                    {feeds.data.map((feed) => (
                        <One key={feed.id} feed={feed} onRevoke={() => setRevoked(feed)} />
                    ))}
                </ul>
            )}
            <Button look="secondary" className="self-start" onClick={() => setNew(true)}>
                <Plus aria-hidden size={20} />
                {t("feeds.make")}
            </Button>
            {isNew && (
                <MakeDialog
                    providerId={providerId}
                    onClose={() => setNew(false)}
                    onMade={(url) => {
                        setNew(false);
                        setAddress(url);
                    }}
                />
            )}
            {address !== null && (
                <AddressDialog address={address} onClose={() => setAddress(null)} />
            )}
            {revoked && <RevokeDialog feed={revoked} onClose={() => setRevoked(null)} />}
        </div>
    );
}
