import { CalendarPlus, Download, ExternalLink } from "lucide-react";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Menu, MenuItem } from "~/ui/Menu";
import { calendarFile, googleLink, outlookLink } from "./calendarLinks";
import type { Appointment } from "./queries";

/** Add to calendar: a file for any program, or the two big ones on the web. */
export function CalendarMenu({ appointment }: { appointment: Appointment }) {
    const page = `${window.location.origin}/appointments/${appointment.id}`;
    return (
        <Menu
            trigger={
                <Button look="secondary">
                    <CalendarPlus aria-hidden size={18} />
                    {t("appointments.addToCalendar")}
                </Button>
            }
        >
            <MenuItem asChild>
                <a href={calendarFile(appointment.id)} download="appointment.ics">
                    <Download aria-hidden size={18} />
                    {t("appointments.calendarFile")}
                </a>
            </MenuItem>
            <MenuItem asChild>
                <a href={googleLink(appointment, page)} target="_blank" rel="noreferrer">
                    <ExternalLink aria-hidden size={18} />
                    {t("appointments.calendarGoogle")}
                </a>
            </MenuItem>
            <MenuItem asChild>
                <a href={outlookLink(appointment, page)} target="_blank" rel="noreferrer">
                    <ExternalLink aria-hidden size={18} />
                    {t("appointments.calendarOutlook")}
                </a>
            </MenuItem>
        </Menu>
    );
}
