import { useState } from "react";
import { ExternalLink } from "lucide-react";
import { useKeyFor } from "~/features/admin/useKeyFor";
import { t } from "~/text/calendars";
import { Button } from "~/ui/Button";
import { CopyField } from "~/ui/CopyField";
import { Dialog } from "~/ui/Dialog";
import { ErrorNotice } from "~/ui/Notice";
import { useMakeFeed, type Feed } from "./queries";
import { webcal } from "./standing";

const DETAILS: Feed["detail"][] = ["full", "busy"];
const APPS = ["apple", "google", "outlook"] as const;

type MakeProps = {
    providerId: string | null;
    onClose: () => void;
    onMade: (url: string) => void;
};

/** How much a new feed shows. */
export function MakeDialog({ providerId, onClose, onMade }: MakeProps) {
    const make = useMakeFeed();
    const [detail, setDetail] = useState<Feed["detail"]>("full");
    const keyFor = useKeyFor();
    const body = { providerId, detail };
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={t("feeds.makeTitle")}
            description={t("feeds.makeText")}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("app.cancel")}
                    </Button>
                    <Button
                        busy={make.isPending}
                        onClick={() =>
                            make.mutate(
                                { body, key: keyFor(body) },
                                { onSuccess: ({ url }) => onMade(url) },
                            )
                        }
                    >
                        {t("feeds.makeYes")}
                    </Button>
                </>
            }
        >
            <fieldset className="flex flex-col gap-2">
                <legend className="mb-1 font-medium">{t("feeds.what")}</legend>
                {DETAILS.map((one) => (
                    <label
                        key={one}
                        className="flex items-start gap-3 rounded-xl border border-line px-4 py-3 has-checked:border-accent has-checked:bg-accent-soft"
                    >
                        <input
                            type="radio"
                            name="detail"
                            className="mt-0.5 size-5 shrink-0 accent-accent"
                            checked={detail === one}
                            onChange={() => setDetail(one)}
                        />
                        <span>
                            <span className="block font-medium">{t(`feeds.${one}`)}</span>
                            <span className="block text-sm text-muted">
                                {t(one === "full" ? "feeds.fullHint" : "feeds.busyHint")}
                            </span>
                        </span>
                    </label>
                ))}
            </fieldset>
            {make.error && <ErrorNotice error={make.error} />}
        </Dialog>
    );
}

/** An address, the only time that it is shown: it does not go away by a tap beside it. */
export function AddressDialog({ address, onClose }: { address: string; onClose: () => void }) {
    return (
        <Dialog
            open
            onOpenChange={() => undefined}
            title={t("feeds.addressTitle")}
            description={t("feeds.addressText")}
            footer={<Button onClick={onClose}>{t("feeds.kept")}</Button>}
        >
            <CopyField label={t("feeds.address")} value={address} copy={t("feeds.copy")} />
            <Button asChild look="secondary" className="self-start">
                <a href={webcal(address)}>
                    <ExternalLink aria-hidden size={18} />
                    {t("feeds.open")}
                </a>
            </Button>
            <section aria-labelledby="how">
                <h3 id="how" className="font-medium">
                    {t("feeds.how")}
                </h3>
                <dl className="text-sm">
                    {APPS.map((app) => (
                        <div key={app} className="grid grid-cols-[5rem_1fr] gap-2 py-1">
                            <dt className="font-medium">{t(`feeds.${app}`)}</dt>
                            <dd className="text-muted">{t(`feeds.${app}Text`)}</dd>
                        </div>
                    ))}
                </dl>
            </section>
        </Dialog>
    );
}
