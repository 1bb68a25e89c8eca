import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function IntegrityPage() {
    return <Page title={t("nav.users")}>…</Page>;
}
