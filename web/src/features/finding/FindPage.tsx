import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function FindPage() {
    return <Page title={t("nav.find")}>…</Page>;
}
