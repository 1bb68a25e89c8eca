import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function EditorPage() {
    return <Page title={t("nav.appointments")}>…</Page>;
}
