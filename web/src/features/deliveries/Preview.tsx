import { useState } from "react";
import type { Schemas } from "~/api/client";
import { t } from "~/text/steering";
import { Segments } from "~/ui/Segments";

/**
 * What a message says. Its HTML is shown in a frame that runs nothing, loads nothing, and has no
 * part in this page's session.
 */
export function Preview({ preview }: { preview: Schemas["DeliveryPreview"] }) {
    const { subject, text, html } = preview;
    const [shows, setShows] = useState<"html" | "text">(html ? "html" : "text");
    return (
        <div className="flex flex-col gap-3">
            {subject && (
                <p className="wrap-anywhere">
                    <span className="text-sm text-muted">{t("delivery.subject")}</span>
                    <br />
                    <span className="font-semibold">{subject}</span>
                </p>
            )}
            {html && (
                <div>
                    <Segments
                        label={t("delivery.show")}
                        value={shows}
                        onChange={setShows}
                        options={[
                            { value: "html", label: t("delivery.asHtml") },
                            { value: "text", label: t("delivery.asText") },
                        ]}
                    />
                </div>
            )}
            {html && shows === "html" ? (
                <iframe
                    title={t("delivery.preview")}
                    sandbox=""
                    srcDoc={html}
                    className="h-[36rem] w-full rounded-xl border border-line-strong bg-[white]"
                />
            ) : (
                <pre
                    tabIndex={0}
                    className="max-h-[36rem] overflow-auto rounded-xl border border-line bg-sunken p-4 text-sm wrap-anywhere whitespace-pre-wrap"
                >
                    {text}
                </pre>
            )}
        </div>
    );
}
