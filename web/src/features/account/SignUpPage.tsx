import { t } from "~/text";
import { Page } from "~/ui/Page";

export default function SignUpPage() {
    return <Page title={t("nav.signIn")}>…</Page>;
}
