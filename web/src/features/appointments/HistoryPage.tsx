import { History } from "lucide-react";
import { Link } from "react-router";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { Page } from "~/ui/Page";
import { AppointmentList } from "./AppointmentList";

export default function HistoryPage() {
    return (
        <Page title={t("appointments.history")}>
            <AppointmentList
                filter="history"
                empty={
                    <Empty
                        icon={<History size={40} />}
                        title={t("appointments.noneHistory")}
                        text={t("appointments.noneHistoryText")}
                        action={
                            <Button asChild look="secondary">
                                <Link to="/find">{t("appointments.find")}</Link>
                            </Button>
                        }
                    />
                }
            />
        </Page>
    );
}
