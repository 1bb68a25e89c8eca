import { useEffect, useRef, useState, type ComponentProps } from "react";
import { cn } from "~/lib/cn";
import { clock, dayWithYear } from "~/lib/time";

/** A day or a clock in the reader's way of writing; "" for what is half typed. */
function written(type: string | undefined, value: string): string {
    if (value === "") return "";
    return type === "time" ? clock(`2000-01-01T${value}:00Z`, "UTC") : dayWithYear(value);
}

/**
 * The browser's own field for a day or a time, which knows keyboards, fingers and screen readers.
 * It writes as the browser's menus do, whatever language the page has; so that all dates of a page
 * look alike, ours is shown until somebody types.
 */
export function WhenInput({ className, ref, onInput, ...rest }: ComponentProps<"input">) {
    const own = useRef<HTMLInputElement | null>(null);
    const [value, setValue] = useState("");
    // A form may write into it past React.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    useEffect(() => setValue(own.current?.value ?? ""));
    const text = written(rest.type, value);
    return (
        <span className={cn("relative inline-block w-full", className)}>
            <input
                {...rest}
                ref={(element) => {
                    own.current = element;
                    if (typeof ref === "function") ref(element);
                    else if (ref) ref.current = element;
                }}
                onInput={(event) => {
                    setValue(event.currentTarget.value);
                    onInput?.(event);
                }}
                className={cn(
                    "peer w-full min-h-11 rounded-xl border border-line-strong bg-surface px-3 text-ink",
                    "aria-invalid:border-red disabled:bg-sunken disabled:text-muted",
                    text !== "" && "when-written",
                )}
            />
            {text !== "" && (
                <span
                    aria-hidden
                    className="pointer-events-none absolute inset-y-0 left-3 flex items-center text-base whitespace-nowrap tabular-nums peer-focus:hidden peer-disabled:text-muted"
                >
                    {text}
                </span>
            )}
        </span>
    );
}
