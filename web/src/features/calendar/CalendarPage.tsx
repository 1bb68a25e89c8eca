import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function CalendarPage() {
    return <Page title={t("nav.calendar")}>…</Page>;
}
