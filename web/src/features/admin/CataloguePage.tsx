import { useState, type ReactNode } from "react";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { useSearchParams } from "react-router";
import {
    useFacilities,
    useProviders,
    useServices,
    type Facility,
    type Provider,
    type Service,
} from "~/features/catalogue/queries";
import { money } from "~/lib/money";
import { t } from "~/text/staff";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { IconButton } from "~/ui/IconButton";
import { ErrorNotice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { Segments } from "~/ui/Segments";
import { Skeleton } from "~/ui/Skeleton";
import { FacilityDialog } from "./FacilityDialog";
import type { Versioned } from "./merging";
import { FACILITIES, PROVIDERS, SERVICES, type Noun } from "./nouns";
import { ProviderDialog } from "./ProviderDialog";
import { RemoveDialog } from "./RemoveDialog";
import { ServiceDialog } from "./ServiceDialog";
import { policyWords, useWords } from "./words";

type Tab = "providers" | "services" | "facilities";
const TABS: Tab[] = ["providers", "services", "facilities"];
type Listed<R> = {
    data: R[] | undefined;
    error: unknown;
    refetch: () => unknown;
};
type Props<R extends Versioned> = {
    noun: Noun<R>;
    list: Listed<R>;
    about: (row: R) => ReactNode;
    isHidden?: (row: R) => boolean;
    dialog: (row: R | null, onClose: () => void) => ReactNode;
};

function Items<R extends Versioned>({ noun, list, about, isHidden, dialog }: Props<R>) {
    const [open, setOpen] = useState<{ what: "edit" | "remove"; row: R } | "new" | null>(null);
    const close = () => setOpen(null);
    const { data: items, error, refetch } = list;
    const add = (
        <Button onClick={() => setOpen("new")}>
            <Plus aria-hidden size={20} />
            {t(`admin.catalogue.new.${noun.name}`)}
        </Button>
    );
    return (
        <>
            {!items && !error && <Skeleton />}
            {error != null && <ErrorNotice error={error} onRetry={() => void refetch()} />}
            {items?.length === 0 && (
                <Empty title={t(`admin.catalogue.noneYet.${noun.name}`)} action={add} />
            )}
            {items && items.length > 0 && (
                <>
                    <div>{add}</div>
                    <Card className="py-1">
                        <ul aria-label={t(`admin.catalogue.listOf.${noun.name}`)}>
                            {items.map((row) => (
                                <li
                                    key={row.id}
                                    className="flex items-center gap-3 border-b border-line py-3 last:border-0"
                                >
                                    <div className="min-w-0 flex-1">
                                        <p className="flex flex-wrap items-center gap-2 font-semibold wrap-anywhere">
                                            {noun.titleOf(row)}
                                            {isHidden?.(row) && (
                                                <Badge tone="amber">
                                                    {t("admin.catalogue.paused")}
                                                </Badge>
                                            )}
                                        </p>
                                        <div className="text-sm wrap-anywhere text-muted">
                                            {about(row)}
                                        </div>
                                    </div>
                                    <IconButton
                                        label={t("admin.catalogue.edit", {
                                            name: noun.titleOf(row),
                                        })}
                                        onClick={() => setOpen({ what: "edit", row })}
                                    >
                                        <Pencil aria-hidden size={20} />
                                    </IconButton>
                                    <IconButton
                                        label={t("admin.catalogue.removeOf", {
                                            name: noun.titleOf(row),
                                        })}
                                        className="text-red"
                                        onClick={() => setOpen({ what: "remove", row })}
                                    >
                                        <Trash2 aria-hidden size={20} />
                                    </IconButton>
                                </li>
                            ))}
                        </ul>
                    </Card>
                </>
            )}
            {open === "new" && dialog(null, close)}
            {open !== null && open !== "new" && open.what === "edit" && dialog(open.row, close)}
            {open !== null && open !== "new" && open.what === "remove" && (
                <RemoveDialog noun={noun} row={open.row} onClose={close} />
            )}
        </>
    );
}

function Providers() {
    const words = useWords();
    const about = ({ facilityIds, serviceIds, timezone }: Provider) => (
        <>
            <p>{words("serviceIds", serviceIds, {})}</p>
            <p>
                {words("facilityIds", facilityIds, {})} · {timezone.replaceAll("_", " ")}
            </p>
        </>
    );
    return (
        <>
            <p className="max-w-prose text-muted">{t("admin.catalogue.providersText")}</p>
            <Items
                noun={PROVIDERS}
                list={useProviders()}
                about={about}
                isHidden={({ isActive }) => !isActive}
                dialog={(row, onClose) => <ProviderDialog row={row} onClose={onClose} />}
            />
        </>
    );
}

function Services() {
    const about = (row: Service) => (
        <>
            <p>
                {t("admin.catalogue.minutes", { count: row.durationMinutes })} ·{" "}
                {money(row.priceCents, row.currency)}
            </p>
            <p>{policyWords(row.cancellationPolicy, row.currency)}</p>
        </>
    );
    return (
        <Items
            noun={SERVICES}
            list={useServices()}
            about={about}
            isHidden={({ isActive }) => !isActive}
            dialog={(row, onClose) => <ServiceDialog row={row} onClose={onClose} />}
        />
    );
}

function Facilities() {
    const about = ({ address, timezone }: Facility) => (
        <p>{[address, timezone.replaceAll("_", " ")].filter(Boolean).join(" · ")}</p>
    );
    return (
        <Items
            noun={FACILITIES}
            list={useFacilities()}
            about={about}
            dialog={(row, onClose) => <FacilityDialog row={row} onClose={onClose} />}
        />
    );
}

export default function CataloguePage() {
    const [params, setParams] = useSearchParams();
    const tab = TABS.find((one) => one === params.get("tab")) ?? "providers";
    return (
        <Page title={t("nav.catalogue")} lead={t("admin.catalogue.lead")} width="normal">
            <div>
                <Segments
                    label={t("admin.catalogue.tabs")}
                    value={tab}
                    onChange={(value) => setParams({ tab: value }, { replace: true })}
                    options={TABS.map((value) => ({
                        value,
                        label: t(`admin.catalogue.tab.${value}`),
                    }))}
                />
            </div>
            <h2 className="sr-only">{t(`admin.catalogue.tab.${tab}`)}</h2>
            {tab === "providers" && <Providers />}
            {tab === "services" && <Services />}
            {tab === "facilities" && <Facilities />}
        </Page>
    );
}
