import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function HistoryPage() {
    return <Page title={t("nav.history")}>…</Page>;
}
