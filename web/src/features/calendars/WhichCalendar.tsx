import { useEffect, useRef, useState } from "react";
import { t } from "~/text/calendars";
import { Button } from "~/ui/Button";
import type { Collection } from "./connecting";
import { calendarName } from "./standing";

type Props = {
    collections: Collection[];
    isPending: boolean;
    onBack: () => void;
    onChosen: (url: string) => void;
};

/** One of the calendars that were found at an address. */
export function WhichCalendar({ collections, isPending, onBack, onChosen }: Props) {
    const [url, setUrl] = useState(collections[0]?.url ?? "");
    const first = useRef<HTMLInputElement>(null);
    // The form that had the focus has gone.
    useEffect(() => first.current?.focus(), []);
    return (
        <form
            className="flex flex-col gap-4"
            onSubmit={(event) => {
                event.preventDefault();
                onChosen(url);
            }}
        >
            <fieldset className="flex flex-col gap-2">
                <legend className="sr-only">{t("calendars.form.which")}</legend>
                {collections.map((one, index) => (
                    <label
                        key={one.url}
                        className="flex items-start gap-3 rounded-xl border border-line px-4 py-3 has-checked:border-accent has-checked:bg-accent-soft"
                    >
                        <input
                            ref={index === 0 ? first : undefined}
                            type="radio"
                            name="collection"
                            className="mt-0.5 size-5 shrink-0 accent-accent"
                            checked={url === one.url}
                            onChange={() => setUrl(one.url)}
                        />
                        <span className="min-w-0">
                            <span className="block font-medium wrap-anywhere">
                                {calendarName(one)}
                            </span>
                            <span className="block text-sm wrap-anywhere text-muted">
                                {one.url}
                            </span>
                        </span>
                    </label>
                ))}
            </fieldset>
            <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
                <Button look="secondary" onClick={onBack}>
                    {t("app.back")}
                </Button>
                <Button type="submit" busy={isPending}>
                    {t("calendars.form.connect")}
                </Button>
            </div>
        </form>
    );
}
