import { Link } from "react-router";
import { rows } from "~/api/lists";
import type { User } from "~/features/account/session";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/staff";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { ErrorNotice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";
import { useActions, type UserAction } from "./users";

const REFUSED = 400;

function ActionRow({ action }: { action: UserAction }) {
    const isRefused = action.status >= REFUSED;
    return (
        <li className="flex flex-wrap items-baseline gap-x-3 gap-y-1 border-b border-line py-2 last:border-0">
            <time dateTime={action.at} className="w-40 shrink-0 text-sm text-muted">
                {dayAndClock(action.at)}
            </time>
            <span className="min-w-0 flex-1 basis-48 font-mono text-sm wrap-anywhere">
                {action.action}
            </span>
            <Badge tone={isRefused ? "red" : "accent"}>
                {isRefused
                    ? t("admin.users.refused", {
                          status: action.status,
                          scenario: action.scenario ?? "",
                      })
                    : t("admin.users.succeeded")}
            </Badge>
        </li>
    );
}

/** What a user tried, failed attempts included, the newest first. */
export function ActionsDialog({ user, onClose }: { user: User; onClose: () => void }) {
    const actions = useActions(user.id);
    const found = rows(actions.data);
    return (
        <Dialog
            open
            wide
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={t("admin.users.logOf", { name: user.name })}
            description={t("admin.users.logText")}
            footer={
                <Button asChild look="secondary">
                    <Link to={`/admin/audit?actorId=${user.id}`}>{t("admin.users.seeAudit")}</Link>
                </Button>
            }
        >
            {actions.isPending && <Skeleton rows={4} className="h-8" />}
            {actions.error && (
                <ErrorNotice error={actions.error} onRetry={() => void actions.refetch()} />
            )}
            {actions.data && found.length === 0 && (
                <p className="text-muted">{t("admin.users.noActions")}</p>
            )}
            {found.length > 0 && (
                <ol aria-label={t("admin.users.log")}>
                    {found.map((action) => (
                        <ActionRow key={action.id} action={action} />
                    ))}
                </ol>
            )}
            {actions.hasNextPage && (
                <Button
                    look="secondary"
                    busy={actions.isFetchingNextPage}
                    onClick={() => void actions.fetchNextPage()}
                >
                    {t("app.more")}
                </Button>
            )}
        </Dialog>
    );
}
