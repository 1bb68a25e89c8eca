import { t } from "~/text/steering";
import { Badge } from "~/ui/Badge";
import { ErrorNotice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { useEventTypes, type EventType } from "./queries";

function Json({ name, value }: { name: string; value: unknown }) {
    return (
        <div className="min-w-0">
            <h4 className="mb-1 text-sm font-medium text-muted">{name}</h4>
            <pre
                tabIndex={0}
                aria-label={name}
                className="max-h-80 overflow-auto rounded-xl bg-sunken p-3 text-sm"
            >
                {JSON.stringify(value, null, 2)}
            </pre>
        </div>
    );
}

function One({ type }: { type: EventType }) {
    return (
        <li className="border-b border-line last:border-0">
            <details>
                <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3 gap-y-1 py-3">
                    <code className="font-semibold">{type.name}</code>
                    {type.onlyNamed && <Badge>{t("webhooks.onlyNamed")}</Badge>}
                    <span className="basis-full text-sm text-muted md:basis-auto">
                        {type.description}
                    </span>
                </summary>
                <div className="grid gap-4 pb-4 lg:grid-cols-2">
                    <Json name={t("webhooks.example")} value={type.example} />
                    <Json name={t("webhooks.schema")} value={type.schema} />
                </div>
            </details>
        </li>
    );
}

/** All types of events, each with what comes with it. */
export function Catalogue() {
    const types = useEventTypes();
    return (
        <section aria-labelledby="events" className="flex flex-col gap-3">
            <div>
                <h2 id="events" className="text-xl font-bold">
                    {t("webhooks.catalogue")}
                </h2>
                <p className="text-muted">{t("webhooks.catalogueLead")}</p>
            </div>
            {types.isPending && <Skeleton rows={3} />}
            {types.error && (
                <ErrorNotice error={types.error} onRetry={() => void types.refetch()} />
            )}
            {types.data && (
                <Card className="py-1">
                    <ul aria-labelledby="events">
                        {types.data.map((type) => (
                            <One key={type.name} type={type} />
                        ))}
                    </ul>
                </Card>
            )}
        </section>
    );
}
