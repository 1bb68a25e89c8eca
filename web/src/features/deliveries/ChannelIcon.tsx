import {
    BellRing,
    CalendarSync,
    Mail,
    MessageSquareText,
    Webhook,
    type LucideIcon,
} from "lucide-react";
import type { Channel } from "./words";

const ICONS: Record<Channel, LucideIcon> = {
    email: Mail,
    sms: MessageSquareText,
    push: BellRing,
    webhook: Webhook,
    caldav: CalendarSync,
};

/** A sign for the way it goes; its name stands beside it. */
export function ChannelIcon({ channel, size = 20 }: { channel: Channel; size?: number }) {
    const Icon = ICONS[channel];
    return <Icon aria-hidden size={size} className="shrink-0 text-muted" />;
}
