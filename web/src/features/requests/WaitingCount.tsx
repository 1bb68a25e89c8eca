import { t } from "~/text";
import { MOST_SHOWN, useWaitingRequests } from "./queries";

/** How many requests wait, on the navigation's entry; nothing when none do. */
export function WaitingCount() {
    const count = useWaitingRequests().data?.length ?? 0;
    if (count === 0) return null;
    return (
        <span className="rounded-full bg-accent px-1.5 text-xs leading-5 font-bold text-on-accent">
            <span aria-hidden>{count < MOST_SHOWN ? count : `${MOST_SHOWN - 1}+`}</span>
            <span className="sr-only">{t("nav.requestsWaiting", { count })}</span>
        </span>
    );
}
