import { useDeferredValue, useState } from "react";
import { Pencil, ScrollText, UserPlus, Users } from "lucide-react";
import { rows } from "~/api/lists";
import type { Role, User } from "~/features/account/session";
import { useProviders } from "~/features/catalogue/queries";
import { t } from "~/text/staff";
import { Badge, type Tone } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { Field, Select } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { ActionsDialog } from "./ActionsDialog";
import { UserDialog } from "./UserDialog";
import { ROLES, useUsers } from "./users";

const ROLE_TONES: Record<Role, Tone> = { client: "neutral", operator: "blue", admin: "violet" };
type Open = { what: "new" } | { what: "edit" | "log"; user: User } | null;

function UserRow({ user, onOpen }: { user: User; onOpen: (open: Open) => void }) {
    const provider = useProviders().data?.find(({ id }) => id === user.providerId);
    return (
        <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line py-3 last:border-0">
            <div className="min-w-0 flex-1 basis-56">
                <p className="flex flex-wrap items-center gap-2 font-semibold wrap-anywhere">
                    {user.name}
                    <Badge tone={ROLE_TONES[user.role]}>{t(`admin.users.role.${user.role}`)}</Badge>
                    {!user.isActive && <Badge tone="red">{t("admin.users.inactive")}</Badge>}
                </p>
                <p className="text-sm wrap-anywhere text-muted">
                    {[user.email ?? t("admin.users.noEmail"), user.phone]
                        .filter(Boolean)
                        .join(" · ")}
                    {provider && ` · ${t("admin.users.actsAs", { name: provider.name })}`}
                </p>
            </div>
            <div className="flex gap-2">
                <Button
                    look="secondary"
                    size="small"
                    aria-label={t("admin.users.editOf", { name: user.name })}
                    onClick={() => onOpen({ what: "edit", user })}
                >
                    <Pencil aria-hidden size={16} />
                    {t("admin.edit")}
                </Button>
                <Button
                    look="quiet"
                    size="small"
                    aria-label={t("admin.users.logOf", { name: user.name })}
                    onClick={() => onOpen({ what: "log", user })}
                >
                    <ScrollText aria-hidden size={16} />
                    {t("admin.users.log")}
                </Button>
            </div>
        </li>
    );
}

export default function UsersPage() {
    const [text, setText] = useState("");
    const [role, setRole] = useState<Role | "">("");
    const [open, setOpen] = useState<Open>(null);
    const q = useDeferredValue(text.trim());
    const users = useUsers(q, role);
    const found = rows(users.data);
    return (
        <Page
            title={t("nav.users")}
            lead={t("admin.users.lead")}
            width="wide"
            actions={
                <Button onClick={() => setOpen({ what: "new" })}>
                    <UserPlus aria-hidden size={20} />
                    {t("admin.users.new")}
                </Button>
            }
        >
            <div role="search" className="grid gap-3 sm:grid-cols-[1fr_14rem]">
                <Field
                    label={t("admin.users.search")}
                    type="search"
                    autoComplete="off"
                    value={text}
                    onChange={(event) => setText(event.target.value)}
                />
                <Select
                    label={t("admin.users.roleLabel")}
                    value={role}
                    onChange={(event) => setRole(event.target.value as Role | "")}
                >
                    <option value="">{t("admin.users.allRoles")}</option>
                    {ROLES.map((one) => (
                        <option key={one} value={one}>
                            {t(`admin.users.role.${one}`)}
                        </option>
                    ))}
                </Select>
            </div>
            {users.isPending && <Skeleton />}
            {users.error && (
                <ErrorNotice error={users.error} onRetry={() => void users.refetch()} />
            )}
            {users.data && found.length === 0 && (
                <Empty
                    icon={<Users size={32} />}
                    title={t("admin.users.none")}
                    text={t("admin.users.noneText")}
                />
            )}
            {found.length > 0 && (
                <Card className="py-1">
                    <ul aria-label={t("nav.users")}>
                        {found.map((user) => (
                            <UserRow key={user.id} user={user} onOpen={setOpen} />
                        ))}
                    </ul>
                </Card>
            )}
            {users.hasNextPage && (
                <Button
                    look="secondary"
                    className="self-center"
                    busy={users.isFetchingNextPage}
                    onClick={() => void users.fetchNextPage()}
                >
                    {t("app.more")}
                </Button>
            )}
            {open?.what === "new" && <UserDialog user={null} onClose={() => setOpen(null)} />}
            {open?.what === "edit" && <UserDialog user={open.user} onClose={() => setOpen(null)} />}
            {open?.what === "log" && (
                <ActionsDialog user={open.user} onClose={() => setOpen(null)} />
            )}
        </Page>
    );
}
