import type { ReactNode } from "react";
import { Link } from "react-router";
import { useUser } from "~/features/account/session";
import { Feeds } from "~/features/calendars/Feeds";
import { t } from "~/text/account";
import { Button } from "~/ui/Button";
import { Card, Page } from "~/ui/Page";
import { LookChoices } from "./LookChoices";
import { NotificationChoices } from "./NotificationChoices";
import { PasswordForm } from "./PasswordForm";
import { ProfileForm } from "./ProfileForm";
import { SignIns } from "./SignIns";

/** What everybody can set for themselves, whatever their role. */
export default function SettingsPage() {
    const { role } = useUser();
    return (
        <Page title={t("nav.settings")}>
            <Part title={t("settings.profile")}>
                <ProfileForm />
            </Part>
            <Part title={t("settings.notifications")} lead={t("settings.notificationsLead")}>
                <NotificationChoices />
            </Part>
            <Part title={t("settings.messages")} lead={t("settings.messagesLead")}>
                <Button asChild look="secondary">
                    <Link to="/messages">{t("settings.messagesLink")}</Link>
                </Button>
            </Part>
            {role === "client" && (
                <Part id="feeds" title={t("settings.feeds")} lead={t("settings.feedsLead")}>
                    <Feeds providerId={null} label="feeds" />
                </Part>
            )}
            <Part title={t("look.title")} lead={t("settings.lookLead")}>
                <LookChoices />
            </Part>
            <Part title={t("signIn.password")} lead={t("settings.passwordLead")}>
                <PasswordForm />
            </Part>
            <Part title={t("signIns.title")} lead={t("signIns.lead")}>
                <SignIns />
            </Part>
        </Page>
    );
}

type PartProps = { id?: string; title: string; lead?: string; children: ReactNode };

function Part({ id, title, lead, children }: PartProps) {
    return (
        <Card className="p-5 sm:p-6">
            <h2 id={id} className="text-xl font-bold">
                {title}
            </h2>
            {lead && <p className="mt-1 text-muted">{lead}</p>}
            <div className="mt-4">{children}</div>
        </Card>
    );
}
