import { cn } from "~/lib/cn";
import { t } from "~/text/staff";

export type Series = { key: string; label: string; fill: string; swatch: string };
export type Bar = { label: string; values: Record<string, number> };
type Props = {
    title: string;
    series: Series[];
    bars: Bar[];
    /** What the first column of the table is: days, people. */
    of: string;
};

/** Colours by meaning: what is well, what went wrong. */
export const GOOD = { fill: "fill-accent", swatch: "bg-accent" };
export const BAD = { fill: "fill-amber", swatch: "bg-amber" };

const HEIGHT = 120;
const STEP = 10;
const GAP = 2;

/**
 * Bars side by side, one group for each day. The picture is for eyes only; the same numbers stand in
 * a table below it, for everybody.
 */
export function BarChart({ title, series, bars, of }: Props) {
    const highest = Math.max(1, ...bars.flatMap(({ values }) => Object.values(values)));
    const barWidth = (STEP - GAP) / series.length;
    const width = Math.max(1, bars.length) * STEP;
    return (
        <figure className="flex min-w-0 flex-col gap-3">
            <figcaption className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
                <h3 className="font-bold">{title}</h3>
                <span aria-hidden className="flex flex-wrap gap-x-4 text-sm text-muted">
                    {series.map(({ key, label, swatch }) => (
                        <span key={key} className="inline-flex items-center gap-1.5">
                            <span className={cn("size-3 rounded-sm", swatch)} />
                            {label}
                        </span>
                    ))}
                </span>
            </figcaption>
            <div aria-hidden className="flex gap-2">
                <div className="flex flex-col justify-between text-right text-xs text-muted">
                    <span>{highest}</span>
                    <span>0</span>
                </div>
                <div className="min-w-0 flex-1">
                    <svg
                        viewBox={`0 0 ${width} ${HEIGHT}`}
                        preserveAspectRatio="none"
                        className="h-32 w-full border-b border-line-strong"
                    >
                        {bars.map(({ label, values }, column) =>
                            series.map(({ key, fill }, index) => {
                                const height = ((values[key] ?? 0) / highest) * HEIGHT;
                                return (
                                    <rect
                                        key={`${label}-${key}`}
                                        className={fill}
                                        x={column * STEP + GAP / 2 + index * barWidth}
                                        y={HEIGHT - height}
                                        width={barWidth}
                                        height={height}
                                    />
                                );
                            }),
                        )}
                    </svg>
                    <div className="mt-1 flex justify-between text-xs text-muted">
                        <span>{bars[0]?.label}</span>
                        <span>{bars.length > 1 && bars.at(-1)?.label}</span>
                    </div>
                </div>
            </div>
            <details className="text-sm">
                <summary className="inline-flex min-h-9 items-center rounded-lg font-semibold text-accent underline">
                    {t("admin.asTable", { title })}
                </summary>
                <div
                    className="max-h-80 overflow-auto"
                    tabIndex={0}
                    role="region"
                    aria-label={title}
                >
                    <table className="mt-2 w-full text-left">
                        <thead>
                            <tr className="border-b border-line">
                                <th scope="col" className="py-1 pr-4 font-semibold">
                                    {of}
                                </th>
                                {series.map(({ key, label }) => (
                                    <th
                                        key={key}
                                        scope="col"
                                        className="py-1 pl-4 text-right font-semibold"
                                    >
                                        {label}
                                    </th>
                                ))}
                            </tr>
                        </thead>
                        <tbody>
                            {bars.map(({ label, values }) => (
                                <tr key={label} className="border-b border-line last:border-0">
                                    <th scope="row" className="py-1 pr-4 font-normal">
                                        {label}
                                    </th>
                                    {series.map(({ key }) => (
                                        <td key={key} className="py-1 pl-4 text-right tabular-nums">
                                            {values[key] ?? 0}
                                        </td>
                                    ))}
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </div>
            </details>
        </figure>
    );
}
