import type { Appointment } from "./queries";

type Wanted = Pick<
    Appointment,
    "id" | "start" | "end" | "serviceTitle" | "providerName" | "facilityName"
>;

/** 2026-11-23T09:00:00Z → 20261123T090000Z */
function compact(iso: string): string {
    return new Date(iso).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

export function calendarFile(id: string): string {
    return `/api/v1/appointments/${id}/calendar.ics`;
}

/** Opens Google's calendar with the appointment filled in. */
export function googleLink(one: Wanted, page: string): string {
    const values = new URLSearchParams({
        action: "TEMPLATE",
        text: `${one.serviceTitle}, ${one.providerName}`,
        dates: `${compact(one.start)}/${compact(one.end)}`,
        details: page,
        location: one.facilityName ?? "",
    });
    return `https://calendar.google.com/calendar/render?${values.toString()}`;
}

/** Opens Outlook's calendar with the appointment filled in. */
export function outlookLink(one: Wanted, page: string): string {
    const values = new URLSearchParams({
        path: "/calendar/action/compose",
        rru: "addevent",
        subject: `${one.serviceTitle}, ${one.providerName}`,
        startdt: one.start,
        enddt: one.end,
        body: page,
        location: one.facilityName ?? "",
    });
    return `https://outlook.live.com/calendar/0/deeplink/compose?${values.toString()}`;
}
