import { useDeferredValue } from "react";
import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { CalendarDays, CircleUserRound, UserRound } from "lucide-react";
import { useNavigate } from "react-router";
import { api, data } from "~/api/client";
import { APPOINTMENT_LISTS } from "~/features/appointments/queries";
import { useProviders } from "~/features/catalogue/queries";
import { dayAndClock, dayKey, longDay } from "~/lib/time";
import { noonOf } from "~/lib/wall";
import { t } from "~/text";
import { typedDay } from "./dates";
import { GROUP, ITEM } from "./look";
import type { Run } from "./Palette";

const FOUND = 6;
const SHORTEST_QUERY = 2;
const RECENT_DAYS = 30;
const DAY_MS = 86_400_000;

type Props = { text: string; run: Run };

/** A day that was typed leads to its calendar. */
export function DateGroup({ text, run }: Props) {
    const navigate = useNavigate();
    const day = typedDay(text, dayKey(new Date()));
    if (!day) return null;
    return (
        <Command.Group heading={t("palette.days")} className={GROUP}>
            <Command.Item
                value={`day ${day}`}
                keywords={[text]}
                className={ITEM}
                onSelect={run(() => void navigate(`/calendar?day=${day}`))}
            >
                <CalendarDays aria-hidden size={18} />
                {longDay(noonOf(day))}
            </Command.Item>
        </Command.Group>
    );
}

/** Appointments of the last month and to come, by the client's name, e-mail address or phone. */
export function AppointmentsGroup({ text, run }: Props) {
    const navigate = useNavigate();
    const q = useDeferredValue(text.trim());
    const found = useQuery({
        queryKey: [...APPOINTMENT_LISTS, "palette", q],
        enabled: q.length >= SHORTEST_QUERY,
        queryFn: async () => {
            const from = new Date(Date.now() - RECENT_DAYS * DAY_MS).toISOString();
            const query = { q, from, limit: FOUND };
            return (await data(api.GET("/api/v1/appointments", { params: { query } }))).items;
        },
    });
    if (!found.data?.length || q.length < SHORTEST_QUERY) return null;
    return (
        <Command.Group heading={t("palette.appointments")} className={GROUP}>
            {found.data.map(({ id, userName, start, serviceTitle }) => (
                <Command.Item
                    key={id}
                    value={id}
                    // The server has chosen them; they match whatever was typed.
                    keywords={[text]}
                    className={ITEM}
                    onSelect={run(() => void navigate(`/appointments/${id}`))}
                >
                    <UserRound aria-hidden size={18} className="shrink-0" />
                    <span className="font-semibold">{userName}</span>
                    <span className="min-w-0 flex-1 truncate text-sm">
                        {dayAndClock(start)} · {serviceTitle}
                    </span>
                </Command.Item>
            ))}
        </Command.Group>
    );
}

/** A provider's name leads to their week. */
export function ProvidersGroup({ run }: { run: Run }) {
    const navigate = useNavigate();
    const providers = useProviders().data ?? [];
    return (
        <Command.Group heading={t("palette.providers")} className={GROUP}>
            {providers.map(({ id, name }) => (
                <Command.Item
                    key={id}
                    value={id}
                    keywords={[name]}
                    className={ITEM}
                    onSelect={run(() => void navigate(`/calendar?view=week&providers=${id}`))}
                >
                    <CircleUserRound aria-hidden size={18} />
                    {t("palette.weekOf", { name })}
                </Command.Item>
            ))}
        </Command.Group>
    );
}
