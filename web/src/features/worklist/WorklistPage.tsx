import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function WorklistPage() {
    return <Page title={t("nav.appointments")}>…</Page>;
}
