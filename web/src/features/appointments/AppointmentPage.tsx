import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function AppointmentPage() {
    return <Page title={t("nav.upcoming")}>…</Page>;
}
