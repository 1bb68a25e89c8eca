import { Mail, Phone } from "lucide-react";
import type { Appointment } from "~/features/appointments/queries";
import { cn } from "~/lib/cn";

const LINK =
    "inline-flex min-h-6 items-center gap-1.5 wrap-anywhere text-accent underline-offset-4 hover:underline";

/** How staff reach an appointment's client; nothing where the answer does not say. */
export function ContactLinks({
    client,
    className,
}: {
    client: Appointment["client"];
    className?: string;
}) {
    if (!client?.phone && !client?.email) return null;
    return (
        <p className={cn("flex flex-wrap gap-x-4 gap-y-1 text-sm", className)}>
            {client.phone && (
                <a className={LINK} href={`tel:${client.phone.replace(/\(0\)|[^+0-9]/g, "")}`}>
                    <Phone aria-hidden size={14} className="shrink-0" />
                    {client.phone}
                </a>
            )}
            {client.email && (
                <a className={LINK} href={`mailto:${client.email}`}>
                    <Mail aria-hidden size={14} className="shrink-0" />
                    {client.email}
                </a>
            )}
        </p>
    );
}
