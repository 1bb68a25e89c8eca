import { Link, useLocation } from "react-router";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Card } from "~/ui/Page";

/** The time is reserved for a person: who is not signed in does that first, and comes back here. */
export function SignInFirst() {
    const { pathname, search } = useLocation();
    const next = `?next=${encodeURIComponent(pathname + search)}`;
    return (
        <Card className="flex flex-col gap-4 p-5">
            <div>
                <h2 className="text-xl font-bold">{t("book.almost")}</h2>
                <p className="mt-1 text-muted">{t("book.signInFirst")}</p>
            </div>
            <div className="flex flex-col gap-2 sm:flex-row">
                <Button asChild>
                    <Link to={`/sign-up${next}`}>{t("book.signUp")}</Link>
                </Button>
                <Button asChild look="secondary">
                    <Link to={`/sign-in${next}`}>{t("book.signIn")}</Link>
                </Button>
            </div>
        </Card>
    );
}
