import { Link } from "react-router";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Page } from "~/ui/Page";

export function NotFoundPage() {
    return (
        <Page title={t("app.notFoundTitle")} lead={t("app.notFoundText")}>
            <Button asChild className="self-start">
                <Link to="/">{t("app.goHome")}</Link>
            </Button>
        </Page>
    );
}
