import type { ReactNode } from "react";
import * as DropdownMenu from "radix-ui/dropdown-menu";
import { cn } from "~/lib/cn";

/** A button's menu; fill it with `MenuItem`. `trigger` is one button. */
export function Menu({ trigger, children }: { trigger: ReactNode; children: ReactNode }) {
    return (
        // Modal would hide the page from screen readers while it can still be reached by keyboard.
        <DropdownMenu.Root modal={false}>
            <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
            <DropdownMenu.Portal>
                <DropdownMenu.Content
                    align="end"
                    sideOffset={6}
                    className="z-50 min-w-52 rounded-2xl border border-line bg-surface p-1.5 shadow-card"
                >
                    {children}
                </DropdownMenu.Content>
            </DropdownMenu.Portal>
        </DropdownMenu.Root>
    );
}

type ItemProps = {
    onSelect?: () => void;
    danger?: boolean;
    disabled?: boolean;
    /** The child is a link of its own. */
    asChild?: boolean;
    children: ReactNode;
};

export function MenuItem({ onSelect, danger, disabled, asChild, children }: ItemProps) {
    return (
        <DropdownMenu.Item
            asChild={asChild ?? false}
            disabled={disabled ?? false}
            {...(onSelect ? { onSelect } : {})}
            className={cn(
                "flex min-h-10 cursor-pointer items-center gap-2 rounded-xl px-3 outline-none data-disabled:opacity-50 data-highlighted:bg-sunken",
                danger && "text-red",
            )}
        >
            {children}
        </DropdownMenu.Item>
    );
}

export function MenuLine() {
    return <DropdownMenu.Separator className="my-1.5 h-px bg-line" />;
}
