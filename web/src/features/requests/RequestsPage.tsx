import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function RequestsPage() {
    return <Page title={t("nav.requests")}>…</Page>;
}
