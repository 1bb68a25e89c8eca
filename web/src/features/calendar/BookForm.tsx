import { useState, type SyntheticEvent } from "react";
import { newKey } from "~/api/client";
import { useProviders, useServices } from "~/features/catalogue/queries";
import { money } from "~/lib/money";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Select, TextArea } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { useBookFor } from "./actions";
import { ClientPicker } from "./ClientPicker";
import { ClientWarnings } from "./ClientWarnings";
import { isComplete, useEnterClient, type Choice, type Client } from "./clients";
import type { Slot } from "./entries";
import { useToast } from "~/app/useToast";

const PRIORITIES = ["normal", "vip", "urgent"] as const;

/** The services that fit into a slot: its own one, or any of its provider that is short enough. */
function useServicesFor(slot: Slot) {
    const provider = useProviders().data?.find((one) => one.id === slot.providerId);
    const minutes = (Date.parse(slot.end) - Date.parse(slot.start)) / 60_000;
    return (useServices().data ?? []).filter(
        (service) =>
            service.isActive &&
            service.durationMinutes <= minutes &&
            provider?.serviceIds.includes(service.id) &&
            (slot.serviceId === null || slot.serviceId === service.id),
    );
}

/** Books a free slot for a client who is on the phone or at the desk. */
export function BookForm({ slot, onDone }: { slot: Slot; onDone: () => void }) {
    const services = useServicesFor(slot);
    const [choice, setChoice] = useState<Choice>(null);
    const [serviceId, setServiceId] = useState("");
    const [priority, setPriority] = useState<(typeof PRIORITIES)[number]>("normal");
    const [notes, setNotes] = useState("");
    // Kept for another try of the same booking, renewed when something about it changes.
    const [entering, setEntering] = useState({ key: "", of: "" });
    const [attempt, setAttempt] = useState({ key: newKey(), of: "" });
    const book = useBookFor();
    const enter = useEnterClient();
    const toast = useToast();
    const chosen = serviceId || services[0]?.id;
    const minutes = services.find(({ id }) => id === chosen)?.durationMinutes ?? 0;
    const end = new Date(Date.parse(slot.start) + minutes * 60_000).toISOString();
    const isChosen = choice?.is === "known" || (choice?.is === "new" && isComplete(choice.client));

    const bookFor = (client: Client, serviceId: string) => {
        const wish = { slot, userId: client.id, serviceId, notes: notes.trim(), priority };
        const of = JSON.stringify(wish);
        const key = attempt.of === of ? attempt.key : newKey();
        setAttempt({ key, of });
        book.mutate(
            { ...wish, key },
            {
                onSuccess: () => {
                    toast.done(t("calendar.book.done", { name: client.name }));
                    onDone();
                },
            },
        );
    };
    const submit = (event: SyntheticEvent) => {
        event.preventDefault();
        if (!chosen || !choice || !isChosen) return;
        if (choice.is === "known") {
            bookFor(choice.client, chosen);
            return;
        }
        const { client } = choice;
        const of = JSON.stringify(client);
        const key = entering.of === of ? entering.key : newKey();
        setEntering({ key, of });
        enter.mutate(
            { client, key },
            {
                onSuccess: ({ id, name }) => {
                    // From here on somebody known, also when the booking is refused.
                    const known = { id, name, contact: client.contact.trim() };
                    setChoice({ is: "known", client: known });
                    bookFor(known, chosen);
                },
            },
        );
    };
    if (services.length === 0) return <Notice>{t("calendar.book.noService")}</Notice>;
    return (
        <form className="flex flex-col gap-4" onSubmit={submit}>
            {(enter.error ?? book.error) && <ErrorNotice error={enter.error ?? book.error} />}
            <ClientPicker choice={choice} onChoose={setChoice} />
            <Select
                label={t("calendar.book.service")}
                value={chosen}
                onChange={(event) => setServiceId(event.target.value)}
            >
                {services.map(({ id, title, priceCents, currency }) => (
                    <option key={id} value={id}>
                        {title} · {money(priceCents, currency)}
                    </option>
                ))}
            </Select>
            <Select
                label={t("calendar.book.priority")}
                value={priority}
                onChange={(event) =>
                    setPriority(PRIORITIES.find((one) => one === event.target.value) ?? "normal")
                }
            >
                {PRIORITIES.map((one) => (
                    <option key={one} value={one}>
                        {t(`priority.${one}`)}
                    </option>
                ))}
            </Select>
            <TextArea
                label={t("calendar.book.notes")}
                value={notes}
                onChange={(event) => setNotes(event.target.value)}
            />
            {choice?.is === "known" && (
                <ClientWarnings client={choice.client} period={{ start: slot.start, end }} />
            )}
            <Button type="submit" disabled={!isChosen} busy={enter.isPending || book.isPending}>
                {choice && isChosen
                    ? t("calendar.book.submitFor", { name: choice.client.name.trim() })
                    : t("calendar.book.submit")}
            </Button>
        </form>
    );
}
