import { useEffect, useRef } from "react";
import { useNavigate } from "react-router";
import type { Service } from "~/features/catalogue/queries";
import { userZone, zoneCity } from "~/lib/time";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Select } from "~/ui/Field";
import { Card } from "~/ui/Page";
import { AnyTimeslotPicker } from "./AnyTimeslotPicker";
import type { Timeslot } from "./availability";
import { placesOf } from "./ChooseWhat";
import type { Catalogue, Criteria } from "./criteria";
import { cancellationText, ServiceFacts } from "./ServiceFacts";
import { TimeslotPicker } from "./TimeslotPicker";

type Props = {
    catalogue: Catalogue;
    service: Service;
    criteria: Criteria;
    onChange: (change: Partial<Criteria>) => void;
};

/** The second step: with whom, where and when. */
export function ChooseWhen({ catalogue, service, criteria, onChange }: Props) {
    const navigate = useNavigate();
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => heading.current?.focus({ preventScroll: true }), []);
    const offering = catalogue.providers.filter((one) => one.serviceIds.includes(service.id));
    const provider = offering.find((one) => one.id === criteria.provider);
    const facilities = catalogue.facilities.filter((place) =>
        offering.some((one) => one.facilityIds.includes(place.id)),
    );
    const facility = facilities.find((one) => one.id === criteria.facility);
    const pick = ({ id, providerId, start }: Timeslot) => {
        const query = new URLSearchParams({ providerId, serviceId: service.id, start });
        void navigate(`/book/${id}?${query}`);
    };
    const days = {
        initialDay: criteria.day ?? undefined,
        onDay: (day: string) => onChange({ day }),
        onPick: pick,
    };
    return (
        <div className="grid items-start gap-6 lg:grid-cols-[20rem_1fr]">
            <Card className="flex flex-col gap-4 p-5">
                <div className="flex flex-col gap-1">
                    <div className="flex items-start justify-between gap-2">
                        <h2 ref={heading} tabIndex={-1} className="text-xl font-bold outline-none">
                            {service.title}
                        </h2>
                        <Button
                            look="quiet"
                            size="small"
                            className="-mt-1 -mr-2 text-accent"
                            onClick={() => onChange({ service: null, provider: null, day: null })}
                        >
                            {t("find.change")}
                            <span className="sr-only">{t("find.changeService")}</span>
                        </Button>
                    </div>
                    <ServiceFacts service={service} />
                    <p className="hidden sm:block">{service.description}</p>
                    <p className="hidden text-sm text-muted sm:block">
                        {cancellationText(service)}
                    </p>
                </div>
                <Select
                    label={t("find.with")}
                    hint={provider && (provider.bio ?? placesOf(provider, catalogue))}
                    value={provider?.id ?? ""}
                    onChange={({ target }) => onChange({ provider: target.value, day: null })}
                >
                    <option value="">{t("find.anyone")}</option>
                    {offering.map((one) => (
                        <option key={one.id} value={one.id}>
                            {one.name}
                        </option>
                    ))}
                </Select>
                {!provider && facilities.length > 1 && (
                    <Select
                        label={t("find.where")}
                        value={facility?.id ?? ""}
                        onChange={({ target }) => onChange({ facility: target.value, day: null })}
                    >
                        <option value="">{t("find.anywhere")}</option>
                        {facilities.map((one) => (
                            <option key={one.id} value={one.id}>
                                {one.name}
                            </option>
                        ))}
                    </Select>
                )}
            </Card>
            <div className="flex min-w-0 flex-col gap-4">
                {provider ? (
                    <TimeslotPicker
                        key={`${service.id} ${provider.id}`}
                        providerId={provider.id}
                        serviceId={service.id}
                        {...days}
                    />
                ) : (
                    <AnyTimeslotPicker
                        key={`${service.id} ${facility?.id ?? ""}`}
                        serviceId={service.id}
                        facilityId={facility?.id}
                        providers={offering}
                        {...days}
                    />
                )}
                <p className="text-sm text-muted">
                    {t("find.yourZone", { city: zoneCity(userZone) })}
                </p>
            </div>
        </div>
    );
}
