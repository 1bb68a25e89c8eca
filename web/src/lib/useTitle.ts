import { useEffect } from "react";
import { t } from "~/text";

/** Names the page in the browser's title; screen readers say it after each navigation. */
export function useTitle(title: string): void {
    useEffect(() => {
        document.title = title ? `${title} · ${t("app.name")}` : t("app.name");
    }, [title]);
}
