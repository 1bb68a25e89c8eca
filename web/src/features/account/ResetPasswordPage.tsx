import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function ResetPasswordPage() {
    return <Page title={t("nav.signIn")}>…</Page>;
}
