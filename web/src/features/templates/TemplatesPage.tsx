import { useSearchParams } from "react-router";
import { useFacilities } from "~/features/catalogue/queries";
import { channelName, purposeName, type Channel, type Purpose } from "~/features/deliveries/words";
import { t } from "~/text/steering";
import { Select } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { Editor } from "./Editor";
import { useTemplate, useTemplates, type Entry, type Place } from "./queries";

const LANGUAGES = [
    ["en", "templates.english"],
    ["de", "templates.german"],
] as const;

/** What is edited, in the address: so that it can be linked to. */
function usePlace(): [Place, (change: Partial<Place>) => void] {
    const [params, setParams] = useSearchParams();
    const place = {
        channel: params.get("channel") ?? "email",
        purpose: params.get("purpose") ?? "confirmed",
        locale: params.get("locale") ?? "en",
        facilityId: params.get("facilityId") ?? "",
    };
    const change = (to: Partial<Place>) => {
        const next = Object.entries({ ...place, ...to }).filter(([, value]) => value);
        setParams(Object.fromEntries(next), { replace: true });
    };
    return [place, change];
}

function Chooser({
    entries,
    place,
    onChange,
}: {
    entries: Entry[];
    place: Place;
    onChange: (change: Partial<Place>) => void;
}) {
    const facilities = useFacilities().data ?? [];
    const channels = [...new Set(entries.map(({ channel }) => channel))];
    const purposesOf = (channel: string) =>
        entries.filter((entry) => entry.channel === channel).map(({ purpose }) => purpose);
    const saved = entries.find(
        ({ purpose, channel }) => purpose === place.purpose && channel === place.channel,
    )?.saved;
    const mark = (locale: string, facilityId: string) =>
        saved?.some((one) => one.locale === locale && (one.facilityId ?? "") === facilityId)
            ? " •"
            : "";
    return (
        <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
            <Select
                label={t("templates.channel")}
                value={place.channel}
                onChange={({ target }) => {
                    const purposes = purposesOf(target.value);
                    const purpose = purposes.includes(place.purpose) ? place.purpose : purposes[0];
                    onChange({ channel: target.value, purpose: purpose ?? "confirmed" });
                }}
            >
                {channels.map((channel) => (
                    <option key={channel} value={channel}>
                        {channelName(channel as Channel)}
                    </option>
                ))}
            </Select>
            <Select
                label={t("templates.message")}
                value={place.purpose}
                onChange={({ target }) => onChange({ purpose: target.value })}
            >
                {entries
                    .filter(({ channel }) => channel === place.channel)
                    .map(({ purpose, saved: own }) => (
                        <option key={purpose} value={purpose}>
                            {purposeName(purpose as Purpose)}
                            {own.length > 0 &&
                                ` (${t("templates.ownElsewhere", { count: own.length })})`}
                        </option>
                    ))}
            </Select>
            <Select
                label={t("templates.language")}
                value={place.locale}
                onChange={({ target }) => onChange({ locale: target.value })}
            >
                {LANGUAGES.map(([locale, name]) => (
                    <option key={locale} value={locale}>
                        {t(name) + mark(locale, place.facilityId)}
                    </option>
                ))}
            </Select>
            <Select
                label={t("templates.facility")}
                value={place.facilityId}
                onChange={({ target }) => onChange({ facilityId: target.value })}
            >
                <option value="">{t("templates.allFacilities") + mark(place.locale, "")}</option>
                {facilities.map(({ id, name }) => (
                    <option key={id} value={id}>
                        {name + mark(place.locale, id)}
                    </option>
                ))}
            </Select>
        </div>
    );
}

/** The words of all messages, each by channel, language and facility. */
export default function TemplatesPage() {
    const [place, change] = usePlace();
    const templates = useTemplates();
    const template = useTemplate(place);
    const key = `${Object.values(place).join()}:${template.data?.version ?? ""}`;
    return (
        <Page title={t("nav.templates")} lead={t("templates.lead")} width="wide">
            {templates.error && (
                <ErrorNotice error={templates.error} onRetry={() => void templates.refetch()} />
            )}
            {templates.data && <Chooser entries={templates.data} place={place} onChange={change} />}
            {template.error && (
                <ErrorNotice error={template.error} onRetry={() => void template.refetch()} />
            )}
            {template.isPending && <Skeleton rows={3} className="h-24" />}
            {template.data && !template.error && (
                <Editor
                    // Other words: what was typed belongs to those before.
                    key={key}
                    place={place}
                    template={template.data}
                    onReload={() => void template.refetch()}
                />
            )}
        </Page>
    );
}
