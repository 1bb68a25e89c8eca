import { CalendarHeart, Search } from "lucide-react";
import { Link } from "react-router";
import { useQueue } from "~/offline";
import { QueueItem } from "~/offline/QueueItem";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { Page } from "~/ui/Page";
import { AppointmentList } from "./AppointmentList";

function FindButton() {
    return (
        <Button asChild>
            <Link to="/find">
                <Search aria-hidden size={18} />
                {t("appointments.find")}
            </Link>
        </Button>
    );
}

export default function UpcomingPage() {
    const booked = useQueue().filter((item) => item.change.kind === "book");
    return (
        <Page title={t("appointments.upcoming")} actions={<FindButton />}>
            {booked.length > 0 && (
                <section aria-labelledby="not-booked">
                    <h2 id="not-booked" className="mb-2 font-semibold text-blue">
                        {t("offline.title")}
                    </h2>
                    <ul className="flex flex-col gap-3">
                        {booked.map((item) => (
                            <QueueItem key={item.key} item={item} />
                        ))}
                    </ul>
                </section>
            )}
            <AppointmentList
                filter="upcoming"
                empty={
                    <Empty
                        icon={<CalendarHeart size={40} />}
                        title={t("appointments.noneUpcoming")}
                        text={t("appointments.noneUpcomingText")}
                        action={<FindButton />}
                    />
                }
            />
        </Page>
    );
}
