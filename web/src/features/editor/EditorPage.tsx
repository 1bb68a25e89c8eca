import { Link, useParams } from "react-router";
import { Problem } from "~/api/problem";
import { useAppointment } from "~/features/appointments/queries";
import { dayAndClock } from "~/lib/time";
import { useBookings } from "~/realtime/useBookings";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { Editor } from "./Editor";

const NOT_THERE = new Set(["not_found", "validation_failed"]);

export default function EditorPage() {
    const { appointmentId = "" } = useParams();
    const { data: kept, error, refetch } = useAppointment(appointmentId);
    useBookings(`appointment.${appointmentId}`);

    if (error instanceof Problem && NOT_THERE.has(error.scenario)) {
        return (
            <Page title={t("editor.title")}>
                <Empty
                    title={t("editor.notFoundTitle")}
                    text={t("editor.notFoundText")}
                    action={
                        <Button asChild>
                            <Link to="/appointments">{t("nav.appointments")}</Link>
                        </Button>
                    }
                />
            </Page>
        );
    }
    if (!kept) {
        return (
            <Page title={t("editor.title")}>
                {error ? (
                    <ErrorNotice error={error} onRetry={() => void refetch()} />
                ) : (
                    <Skeleton rows={4} className="h-24" />
                )}
            </Page>
        );
    }
    const { value } = kept;
    return (
        <Page
            width="wide"
            title={value.userName}
            lead={`${value.serviceTitle} · ${dayAndClock(value.start)}`}
        >
            <Editor key={value.id} value={value} />
        </Page>
    );
}
