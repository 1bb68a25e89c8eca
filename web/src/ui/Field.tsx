import { useId, type ComponentProps, type ReactNode } from "react";
import { cn } from "~/lib/cn";
import { WhenInput } from "./WhenInput";

export const inputClass =
    "w-full min-h-11 rounded-xl border border-line-strong bg-surface px-3 text-ink " +
    "aria-invalid:border-red disabled:bg-sunken disabled:text-muted";

type Described = { label: string; hint?: string | undefined; error?: string | undefined };
type Wired = { id: string; "aria-invalid": boolean; "aria-describedby": string | undefined };

function Labelled({
    label,
    hint,
    error,
    className,
    children,
}: Described & { className?: string | undefined; children: (wired: Wired) => ReactNode }) {
    const id = useId();
    const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
    return (
        <div className={cn("flex flex-col gap-1.5", className)}>
            <label htmlFor={id} className="font-medium">
                {label}
            </label>
            {children({
                id,
                "aria-invalid": Boolean(error),
                "aria-describedby": described || undefined,
            })}
            {hint && (
                <p id={`${id}-hint`} className="text-sm text-muted">
                    {hint}
                </p>
            )}
            {error && (
                <p id={`${id}-error`} className="text-sm font-medium text-red">
                    {error}
                </p>
            )}
        </div>
    );
}

/** A labelled input; works with react-hook-form's `register`. */
export function Field({
    label,
    hint,
    error,
    className,
    ...rest
}: Described & ComponentProps<"input">) {
    return (
        <Labelled label={label} hint={hint} error={error} className={className}>
            {(wired) =>
                rest.type === "date" || rest.type === "time" ? (
                    <WhenInput {...wired} {...rest} />
                ) : (
                    <input className={inputClass} {...wired} {...rest} />
                )
            }
        </Labelled>
    );
}

export function TextArea({
    label,
    hint,
    error,
    className,
    ...rest
}: Described & ComponentProps<"textarea">) {
    return (
        <Labelled label={label} hint={hint} error={error} className={className}>
            {(wired) => (
                <textarea rows={3} className={cn(inputClass, "py-2")} {...wired} {...rest} />
            )}
        </Labelled>
    );
}

/** The platform's own select: the best one on a phone and for a screen reader. */
export function Select({
    label,
    hint,
    error,
    className,
    children,
    ...rest
}: Described & ComponentProps<"select">) {
    return (
        <Labelled label={label} hint={hint} error={error} className={className}>
            {(wired) => (
                <select className={inputClass} {...wired} {...rest}>
                    {children}
                </select>
            )}
        </Labelled>
    );
}
