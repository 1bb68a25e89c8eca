import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function UpcomingPage() {
    return <Page title={t("nav.upcoming")}>…</Page>;
}
