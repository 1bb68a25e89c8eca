import type { ComponentProps } from "react";
import { useId } from "react";

type Props = Omit<ComponentProps<"input">, "type"> & { label: string; hint?: string | undefined };

/** A labelled checkbox; works with react-hook-form's `register`. */
export function Check({ label, hint, ...rest }: Props) {
    const id = useId();
    return (
        <div className="flex items-start gap-3 py-1.5">
            <input
                id={id}
                type="checkbox"
                aria-describedby={hint ? `${id}-hint` : undefined}
                className="mt-0.5 size-6 shrink-0 accent-accent"
                {...rest}
            />
            <div className="min-w-0">
                <label htmlFor={id} className="block cursor-pointer wrap-anywhere">
                    {label}
                </label>
                {hint && (
                    <p id={`${id}-hint`} className="text-sm text-muted">
                        {hint}
                    </p>
                )}
            </div>
        </div>
    );
}
