import type { ComponentProps } from "react";
import { CircleUserRound } from "lucide-react";
import type { User } from "~/features/account/session";
import { t } from "~/text";

/** Whose window it is; opens their menu. */
export function AccountButton({ me, ...rest }: { me: User } & ComponentProps<"button">) {
    return (
        <button
            type="button"
            aria-label={t("nav.account", { name: me.name })}
            className="inline-flex min-h-11 items-center gap-2 rounded-xl px-2 hover:bg-sunken"
            {...rest}
        >
            <CircleUserRound aria-hidden size={24} />
            <span className="hidden max-w-40 truncate font-medium sm:inline">{me.name}</span>
        </button>
    );
}
