import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function SettingsPage() {
    return <Page title={t("nav.settings")}>…</Page>;
}
