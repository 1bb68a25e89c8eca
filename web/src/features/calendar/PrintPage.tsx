import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function PrintPage() {
    return <Page title={t("nav.calendar")}>…</Page>;
}
