import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function AuditPage() {
    return <Page title={t("nav.users")}>…</Page>;
}
