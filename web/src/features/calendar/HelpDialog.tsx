import { t, type TextKey } from "~/text/staff";
import { Dialog } from "~/ui/Dialog";

const KEYS: [key: string, does: TextKey][] = [
    ["T", "calendar.help.today"],
    ["D", "calendar.help.day"],
    ["W", "calendar.help.week"],
    ["← →", "calendar.help.step"],
    ["?", "calendar.help.help"],
];
const ENTRY_KEYS: [key: string, does: TextKey][] = [
    ["Tab", "calendar.help.tab"],
    ["← ↑ → ↓", "calendar.help.arrows"],
    ["Enter", "calendar.help.enter"],
    ["M", "calendar.help.move"],
    ["Ctrl K", "calendar.help.palette"],
];

function Keys({ keys }: { keys: [string, TextKey][] }) {
    return (
        <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2">
            {keys.map(([key, does]) => (
                <div key={key} className="contents">
                    <dt>
                        <kbd className="inline-block min-w-9 rounded-lg border border-line-strong bg-sunken px-2 py-0.5 text-center text-sm font-semibold">
                            {key}
                        </kbd>
                    </dt>
                    <dd>{t(does)}</dd>
                </div>
            ))}
        </dl>
    );
}

type Props = {
    open: boolean;
    onOpenChange: (open: boolean) => void;
    isOn: boolean;
    onToggle: (isOn: boolean) => void;
};

/** What the keys of the calendar do. */
export function HelpDialog({ open, onOpenChange, isOn, onToggle }: Props) {
    return (
        <Dialog open={open} onOpenChange={onOpenChange} title={t("calendar.keys")}>
            <label className="flex min-h-11 items-center gap-3 font-medium">
                <input
                    type="checkbox"
                    className="size-5 accent-accent"
                    checked={isOn}
                    onChange={(event) => onToggle(event.target.checked)}
                />
                {t("calendar.help.singleKeys")}
            </label>
            {isOn && <Keys keys={KEYS} />}
            <h3 className="font-semibold">{t("calendar.help.onEntry")}</h3>
            <Keys keys={ENTRY_KEYS} />
        </Dialog>
    );
}
