import { Link } from "react-router";
import { useAppDispatch } from "~/app/store";
import type { Provider, Service } from "~/features/catalogue/queries";
import { useSubmit } from "~/offline";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Notice } from "~/ui/Notice";
import { askedForLater, type Draft } from "./draftSlice";
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
        dispatch(askedForLater());
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

/** It waits in the queue, which tells what becomes of it. */
export function AskedForLater() {
    return (
        <>
            <Notice tone="warning">{t("book.queued")}</Notice>
            <Button asChild look="secondary" className="self-start">
                <Link to="/upcoming">{t("nav.upcoming")}</Link>
            </Button>
        </>
    );
}
