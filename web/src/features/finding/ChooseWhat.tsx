import { useState } from "react";
import { ChevronRight, Search } from "lucide-react";
import type { Provider } from "~/features/catalogue/queries";
import { t } from "~/text";
import { Empty } from "~/ui/Empty";
import { Field } from "~/ui/Field";
import { search, type Catalogue, type Criteria } from "./criteria";
import { ServiceFacts } from "./ServiceFacts";

type Props = {
    catalogue: Catalogue;
    /** Who was chosen already; then only their services are to choose from. */
    provider: Provider | undefined;
    onChoose: (change: Partial<Criteria>) => void;
};

/** The first step: what, or with whom; found as one types. */
export function ChooseWhat({ catalogue, provider, onChoose }: Props) {
    const [typed, setTyped] = useState("");
    const offered = provider
        ? catalogue.services.filter((one) => provider.serviceIds.includes(one.id))
        : catalogue.services;
    const found = search({ ...catalogue, services: offered }, typed);
    const people = provider ? [] : found.providers;
    return (
        <div className="flex flex-col gap-6">
            {!provider && (
                <div role="search" className="relative">
                    <Field
                        label={t("find.search")}
                        type="search"
                        placeholder={t("find.searchExample")}
                        autoComplete="off"
                        value={typed}
                        onChange={({ target }) => setTyped(target.value)}
                    />
                    <Search
                        aria-hidden
                        size={20}
                        className="pointer-events-none absolute right-3 bottom-3 text-muted"
                    />
                    <p role="status" className="sr-only">
                        {typed && t("find.found", { count: found.services.length + people.length })}
                    </p>
                </div>
            )}
            {found.services.length + people.length === 0 && (
                <Empty title={t("find.nothingFound")} text={t("find.nothingFoundText")} />
            )}
            {found.services.length > 0 && (
                <section className="flex flex-col gap-3">
                    <h2 className="text-lg font-bold">
                        {provider
                            ? t("find.servicesOf", { name: provider.name })
                            : t("find.services")}
                    </h2>
                    <ul className="grid gap-3 sm:grid-cols-2">
                        {found.services.map((one) => (
                            <Choice
                                key={one.id}
                                title={one.title}
                                text={one.description}
                                facts={<ServiceFacts service={one} />}
                                onClick={() => onChoose({ service: one.id })}
                            />
                        ))}
                    </ul>
                </section>
            )}
            {people.length > 0 && (
                <section className="flex flex-col gap-3">
                    <h2 className="text-lg font-bold">{t("find.people")}</h2>
                    <ul className="grid gap-3 sm:grid-cols-2">
                        {people.map((one) => (
                            <Choice
                                key={one.id}
                                title={one.name}
                                text={one.bio}
                                facts={
                                    <span className="text-sm text-muted">
                                        {placesOf(one, catalogue)}
                                    </span>
                                }
                                onClick={() =>
                                    onChoose({
                                        provider: one.id,
                                        service:
                                            one.serviceIds.length === 1
                                                ? (one.serviceIds[0] ?? null)
                                                : null,
                                    })
                                }
                            />
                        ))}
                    </ul>
                </section>
            )}
        </div>
    );
}

export function placesOf(provider: Provider, { facilities }: Catalogue): string {
    return facilities
        .filter((one) => provider.facilityIds.includes(one.id))
        .map((one) => one.name)
        .join(", ");
}

type ChoiceProps = {
    title: string;
    text: string | null;
    facts: React.ReactNode;
    onClick: () => void;
};

function Choice({ title, text, facts, onClick }: ChoiceProps) {
    return (
        <li>
            <button
                type="button"
                onClick={onClick}
                className="flex h-full w-full items-center gap-3 rounded-card border border-line bg-surface p-4 text-left shadow-card transition-colors hover:border-accent"
            >
                <span className="flex min-w-0 flex-1 flex-col gap-0.5">
                    <span className="font-semibold">{title}</span>
                    {text && <span className="line-clamp-2 text-sm text-muted">{text}</span>}
                    {facts}
                </span>
                <ChevronRight aria-hidden size={20} className="shrink-0 text-accent" />
            </button>
        </li>
    );
}
