import { Badge } from "~/ui/Badge";
import { reasonText, stateName, toneOf, type Delivery } from "./words";

/** What became of it; why, beside it, where it was not sent or not really. */
export function StateBadge({ delivery: { state, reason } }: { delivery: Delivery }) {
    return (
        <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1">
            <Badge tone={toneOf(state)}>{stateName(state)}</Badge>
            {reason && <span className="text-sm text-muted">{reasonText(reason)}</span>}
        </span>
    );
}
