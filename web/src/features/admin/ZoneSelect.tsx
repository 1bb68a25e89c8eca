import type { ComponentProps } from "react";
import { Select } from "~/ui/Field";
import { t } from "~/text/staff";
import { userZone } from "~/lib/time";

const ZONES = Intl.supportedValuesOf("timeZone");

/** A time zone; this browser's own and the one that is set stand first. */
export function ZoneSelect({
    set,
    ...rest
}: { set: string; error?: string | undefined } & ComponentProps<"select">) {
    const first = [...new Set([set, userZone, "UTC"])].filter(Boolean);
    return (
        <Select label={t("admin.field.timezone")} {...rest}>
            {[...first, ...ZONES.filter((zone) => !first.includes(zone))].map((zone) => (
                <option key={zone} value={zone}>
                    {zone.replaceAll("_", " ")}
                </option>
            ))}
        </Select>
    );
}
