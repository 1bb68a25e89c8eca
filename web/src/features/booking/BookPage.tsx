import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function BookPage() {
    return <Page title={t("nav.find")}>…</Page>;
}
