import { useRef, type ReactNode } from "react";
import * as Radix from "radix-ui/dialog";
import { X } from "lucide-react";
import { t } from "~/text";
import { cn } from "~/lib/cn";

type Props = {
    open: boolean;
    onOpenChange: (open: boolean) => void;
    title: string;
    description?: ReactNode;
    children?: ReactNode;
    /** The buttons, the one that does it last. */
    footer?: ReactNode;
    wide?: boolean;
};

/** A dialog: a sheet from below on a phone, a card in the middle elsewhere. */
export function Dialog({ open, onOpenChange, title, description, children, footer, wide }: Props) {
    const opener = useRef<Element>(null);
    return (
        <Radix.Root open={open} onOpenChange={onOpenChange}>
            <Radix.Portal>
                <Radix.Overlay className="fixed inset-0 z-40 bg-[rgb(10_15_14/55%)]" />
                <Radix.Content
                    {...(description ? {} : { "aria-describedby": undefined })}
                    // Opened without a trigger of its own: the focus goes back to where it was.
                    onOpenAutoFocus={() => {
                        opener.current = document.activeElement;
                    }}
                    onCloseAutoFocus={(event) => {
                        event.preventDefault();
                        if (opener.current instanceof HTMLElement) opener.current.focus();
                    }}
                    className={cn(
                        "fixed z-50 flex max-h-[90dvh] flex-col gap-4 overflow-y-auto bg-surface p-5 shadow-card sm:p-6",
                        "inset-x-0 bottom-0 rounded-t-3xl pb-[max(1.25rem,env(safe-area-inset-bottom))]",
                        "sm:inset-auto sm:top-1/2 sm:left-1/2 sm:w-[calc(100%-2rem)] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-3xl",
                        wide ? "sm:max-w-3xl" : "sm:max-w-lg",
                    )}
                >
                    <div className="flex items-start justify-between gap-4">
                        <Radix.Title className="text-xl font-bold">{title}</Radix.Title>
                        <Radix.Close
                            aria-label={t("app.close")}
                            className="-mt-1 -mr-1 inline-flex size-9 shrink-0 items-center justify-center rounded-lg hover:bg-sunken"
                        >
                            <X aria-hidden size={20} />
                        </Radix.Close>
                    </div>
                    {description && (
                        <Radix.Description className="text-muted">{description}</Radix.Description>
                    )}
                    {children}
                    {footer && (
                        <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
                            {footer}
                        </div>
                    )}
                </Radix.Content>
            </Radix.Portal>
        </Radix.Root>
    );
}
