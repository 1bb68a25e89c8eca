import type { ComponentProps } from "react";
import * as Slot from "radix-ui/slot";
import { cn } from "~/lib/cn";
import { Spinner } from "./Spinner";

type Look = "primary" | "secondary" | "quiet" | "danger";

const LOOKS: Record<Look, string> = {
    primary: "bg-accent text-on-accent hover:bg-accent-strong",
    secondary: "border border-line-strong bg-surface text-ink hover:bg-sunken",
    quiet: "text-ink hover:bg-sunken",
    danger: "border border-red bg-red-soft text-red hover:brightness-95",
};

type Props = ComponentProps<"button"> & {
    look?: Look;
    size?: "small" | "normal";
    /** Shows that it is at work, and takes no second tap meanwhile. */
    busy?: boolean;
    /** Gives its look to the one child (a link), instead of being a button. */
    asChild?: boolean;
};

export function Button({
    look = "primary",
    size = "normal",
    busy = false,
    asChild = false,
    className,
    children,
    disabled,
    ...rest
}: Props) {
    const classes = cn(
        "inline-flex items-center justify-center gap-2 rounded-xl font-semibold transition-colors",
        "disabled:opacity-60",
        size === "small" ? "min-h-9 px-3 text-sm" : "min-h-11 px-4",
        LOOKS[look],
        className,
    );
    if (asChild) {
        return (
            <Slot.Root className={classes} {...rest}>
                {children}
            </Slot.Root>
        );
    }
    return (
        <button
            type="button"
            className={classes}
            disabled={disabled || busy}
            aria-busy={busy}
            {...rest}
        >
            {busy && <Spinner />}
            {children}
        </button>
    );
}
