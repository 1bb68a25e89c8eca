import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function PublishPage() {
    return <Page title={t("nav.publish")}>…</Page>;
}
