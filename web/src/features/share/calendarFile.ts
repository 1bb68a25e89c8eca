/** What a calendar is told of an appointment. */
export type CalendarEntry = {
    title: string;
    start: string;
    end: string;
    location: string;
    details: string;
};

/** 20261123T090000Z, as iCalendar writes it. */
function compact(iso: string): string {
    return `${new Date(iso).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

const escaped = (text: string) =>
    text.replace(/[\\;,]/g, (sign) => `\\${sign}`).replace(/\r?\n/g, "\\n");

/** Lines of at most 75 octets, as RFC 5545 wants them; no character is cut in two. */
function folded(line: string): string {
    const pieces: string[] = [];
    let piece = "";
    let room = 75;
    for (const character of line) {
        const size = new TextEncoder().encode(character).length;
        if (size > room) {
            pieces.push(piece);
            piece = "";
            room = 74;
        }
        piece += character;
        room -= size;
    }
    return [...pieces, piece].join("\r\n ");
}

/** A calendar file made in the browser, for who sees an appointment without an account. */
export function calendarFile(entry: CalendarEntry, uid: string, madeAt: string): string {
    const lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Holdfast//Shared appointment//EN",
        "BEGIN:VEVENT",
        `UID:${escaped(uid)}`,
        `DTSTAMP:${compact(madeAt)}`,
        `DTSTART:${compact(entry.start)}`,
        `DTEND:${compact(entry.end)}`,
        `SUMMARY:${escaped(entry.title)}`,
        `LOCATION:${escaped(entry.location)}`,
        `DESCRIPTION:${escaped(entry.details)}`,
        "END:VEVENT",
        "END:VCALENDAR",
    ];
    return lines.map(folded).join("\r\n") + "\r\n";
}
