import { describe, expect, it } from "vitest";
import type { Service } from "~/features/catalogue/queries";
import { patchOf } from "./merging";
import { SERVICES } from "./nouns";
import { fieldsOfService, serviceShape, valuesOfService } from "./serviceForm";

const service: Service = {
    id: "1",
    title: "Massage",
    description: null,
    durationMinutes: 60,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 15,
    priceCents: 6990,
    currency: "EUR",
    cancellationPolicy: {
        freeUntilHours: 24,
        lateFeeCents: null,
        lateFeePercent: 50,
        noShowFeeCents: 6990,
    },
    isActive: true,
    version: 3,
};

describe("the form of a service", () => {
    it("changes nothing by being opened and saved", () => {
        const values = valuesOfService(service);
        expect(serviceShape.safeParse(values).success).toBe(true);
        expect(patchOf(SERVICES.fieldsOf(service), fieldsOfService(values))).toEqual({});
    });

    it("says what was changed, the policy as a whole", () => {
        const values = valuesOfService(service);
        const fields = fieldsOfService({ ...values, price: "75", lateFeeKind: "none" });
        expect(patchOf(SERVICES.fieldsOf(service), fields)).toEqual({
            priceCents: 7500,
            cancellationPolicy: {
                freeUntilHours: 24,
                lateFeeCents: null,
                lateFeePercent: null,
                noShowFeeCents: 6990,
            },
        });
    });

    it("refuses what is no number", () => {
        const values = { ...valuesOfService(null), title: "x" };
        expect(serviceShape.safeParse(values).success).toBe(true);
        for (const wrong of [{ durationMinutes: "0" }, { price: "free" }, { currency: "euro" }])
            expect(serviceShape.safeParse({ ...values, ...wrong }).success).toBe(false);
    });
});
