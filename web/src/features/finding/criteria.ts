import { useSearchParams } from "react-router";
import type { Facility, Provider, Service } from "~/features/catalogue/queries";

/** What is looked for; it stands in the address, so that it can be linked to. */
export type Criteria = {
    service: string | null;
    provider: string | null;
    facility: string | null;
    day: string | null;
};

export function useCriteria(): [Criteria, (change: Partial<Criteria>) => void] {
    const [params, setParams] = useSearchParams();
    const criteria: Criteria = {
        service: params.get("service"),
        provider: params.get("provider"),
        facility: params.get("facility"),
        day: params.get("day"),
    };
    const change = (wanted: Partial<Criteria>) => {
        // A day is looked at rather than gone to: it makes no step to go back from.
        const isStep = Object.keys(wanted).some((name) => name !== "day");
        setParams(
            (now) => {
                for (const [name, value] of Object.entries(wanted)) {
                    if (value) now.set(name, value);
                    else now.delete(name);
                }
                return now;
            },
            { replace: !isStep, preventScrollReset: true },
        );
    };
    return [criteria, change];
}

const folded = (text: string) =>
    text
        .normalize("NFD")
        .replace(/\p{Diacritic}/gu, "")
        .toLowerCase();

/** Whether each word that was typed begins a word of the text; accents and case do not matter. */
export function matches(text: string, typed: string): boolean {
    const words = folded(text).split(/[^\p{L}\p{N}]+/u);
    return folded(typed)
        .split(/\s+/)
        .every((part) => words.some((word) => word.startsWith(part)));
}

export type Catalogue = { services: Service[]; providers: Provider[]; facilities: Facility[] };

/** The services and people that what was typed may mean. */
export function search({ services, providers, facilities }: Catalogue, typed: string) {
    const places = new Map(facilities.map((one) => [one.id, one.name]));
    const titles = new Map(services.map((one) => [one.id, one.title]));
    return {
        services: services.filter((one) => matches(`${one.title} ${one.description ?? ""}`, typed)),
        providers: providers.filter((one) => {
            const where = one.facilityIds.map((id) => places.get(id) ?? "");
            const what = one.serviceIds.map((id) => titles.get(id) ?? "");
            return matches([one.name, one.bio ?? "", ...where, ...what].join(" "), typed);
        }),
    };
}
