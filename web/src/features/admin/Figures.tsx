import { cn } from "~/lib/cn";

export type Figure = { label: string; value: string; about?: string | undefined; bad?: boolean };

/** Some numbers at a glance. */
export function Figures({ figures }: { figures: Figure[] }) {
    return (
        <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-4">
            {figures.map(({ label, value, about, bad }) => (
                <div
                    key={label}
                    className="flex flex-col rounded-card border border-line bg-surface p-4 shadow-card"
                >
                    <dt className="text-sm text-muted">{label}</dt>
                    <dd>
                        <span className={cn("text-2xl font-bold", bad && "text-amber")}>
                            {value}
                        </span>
                        {about && <span className="block text-sm text-muted">{about}</span>}
                    </dd>
                </div>
            ))}
        </dl>
    );
}
