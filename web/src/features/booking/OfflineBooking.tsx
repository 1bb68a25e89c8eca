import { useNavigate } from "react-router";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import type { Provider, Service } from "~/features/catalogue/queries";
import { useSubmit } from "~/offline";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Notice } from "~/ui/Notice";
import { notesWritten, type Draft } from "./draftSlice";
import { NotesField } from "./NotesField";

type Props = {
    draft: Draft;
    service: Service;
    provider: Provider;
    period: { start: string; end: string };
};

/** Without a network nothing can be reserved: it can be asked for as soon as there is one again. */
export function OfflineBooking({ draft, service, provider, period }: Props) {
    const dispatch = useAppDispatch();
    const navigate = useNavigate();
    const submit = useSubmit();
    const ask = async () => {
        const { start, end } = period;
        const notes = draft.notes.trim();
        await submit(
            {
                ...{ kind: "book", providerId: provider.id, serviceId: service.id, start, end },
                ...(notes && { notes }),
            },
            {
                serviceTitle: service.title,
                providerName: provider.name,
                start,
                timezone: provider.timezone,
            },
        );
        dispatch(notesWritten(""));
        dispatch(toastShown(t("book.queued")));
        void navigate("/upcoming");
    };
    return (
        <>
            <Notice tone="warning">{t("book.offline")}</Notice>
            <NotesField draft={draft} />
            <Button className="self-start" onClick={ask}>
                {t("book.askLater")}
            </Button>
        </>
    );
}
