import * as ToggleGroup from "radix-ui/toggle-group";

type Props<T extends string> = {
    label: string;
    value: T;
    onChange: (value: T) => void;
    options: readonly { value: T; label: string }[];
};

/** One choice of a few, side by side. */
export function Segments<T extends string>({ label, value, onChange, options }: Props<T>) {
    return (
        <ToggleGroup.Root
            type="single"
            aria-label={label}
            value={value}
            onValueChange={(chosen) => {
                if (chosen) onChange(chosen as T);
            }}
            className="inline-flex rounded-xl border border-line bg-sunken p-1"
        >
            {options.map((option) => (
                <ToggleGroup.Item
                    key={option.value}
                    value={option.value}
                    className="min-h-9 rounded-lg px-3 text-sm font-semibold text-muted data-[state=on]:bg-surface data-[state=on]:text-ink data-[state=on]:shadow-card"
                >
                    {option.label}
                </ToggleGroup.Item>
            ))}
        </ToggleGroup.Root>
    );
}
