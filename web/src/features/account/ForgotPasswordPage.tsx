import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function ForgotPasswordPage() {
    return <Page title={t("nav.signIn")}>…</Page>;
}
