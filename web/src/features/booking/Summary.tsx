import { CalendarDays, MapPin, UserRound, Wallet } from "lucide-react";
import type { ReactNode } from "react";
import type { Facility, Provider, Service } from "~/features/catalogue/queries";
import { cancellationText, priceText } from "~/features/finding/ServiceFacts";
import { clockRange, clocksDiffer, longDay, zoneCity } from "~/lib/time";
import { t } from "~/text";
import { Card } from "~/ui/Page";
import type { Price } from "./draftSlice";

type Props = {
    service: Service;
    provider: Provider;
    facility: Facility | undefined;
    /** Not known yet while it is being looked up. */
    period: { start: string; end: string } | undefined;
    /** What was promised with the reservation; without one, what the service costs now. */
    price: Price | undefined;
};

/** What is going to be booked. */
export function Summary({ service, provider, facility, period, price }: Props) {
    const { timezone } = provider;
    return (
        <Card className="flex flex-col gap-3 p-5">
            <h2 className="text-xl font-bold">{service.title}</h2>
            <dl className="flex flex-col gap-2.5">
                {period && (
                    <Fact icon={<CalendarDays aria-hidden size={20} />} label={t("book.when")}>
                        <span className="font-semibold">{longDay(period.start)}</span>
                        <span className="block tabular-nums">
                            {clockRange(period.start, period.end)}
                        </span>
                        {clocksDiffer(period.start, timezone) && (
                            <span className="block text-sm text-muted tabular-nums">
                                {t("find.there", {
                                    time: clockRange(period.start, period.end, timezone),
                                    city: zoneCity(timezone),
                                })}
                            </span>
                        )}
                    </Fact>
                )}
                <Fact icon={<UserRound aria-hidden size={20} />} label={t("book.with")}>
                    {provider.name}
                </Fact>
                {facility && (
                    <Fact icon={<MapPin aria-hidden size={20} />} label={t("book.where")}>
                        {facility.name}
                        {facility.address && (
                            <span className="block text-sm text-muted">{facility.address}</span>
                        )}
                    </Fact>
                )}
                <Fact icon={<Wallet aria-hidden size={20} />} label={t("book.price")}>
                    {priceText(price ?? service)}
                    <span className="block text-sm text-muted">{cancellationText(service)}</span>
                </Fact>
            </dl>
        </Card>
    );
}

function Fact({ icon, label, children }: { icon: ReactNode; label: string; children: ReactNode }) {
    return (
        <div className="flex gap-3">
            <dt className="mt-0.5 shrink-0 text-accent">
                {icon}
                <span className="sr-only">{label}</span>
            </dt>
            <dd className="min-w-0">{children}</dd>
        </div>
    );
}
