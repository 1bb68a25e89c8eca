import type { ComponentProps, ReactNode } from "react";
import { cn } from "~/lib/cn";

type Props = Omit<ComponentProps<"button">, "children"> & { label: string; children: ReactNode };

/** A button of an icon alone; `label` is its name for everybody who does not see it. */
export function IconButton({ label, className, children, ...rest }: Props) {
    return (
        <button
            type="button"
            aria-label={label}
            title={label}
            className={cn(
                "inline-flex size-11 items-center justify-center rounded-xl text-ink transition-colors hover:bg-sunken disabled:opacity-50",
                className,
            )}
            {...rest}
        >
            {children}
        </button>
    );
}
