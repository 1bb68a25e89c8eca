import { useState } from "react";
import { Copy } from "lucide-react";
import { useToast } from "~/app/useToast";
import { t } from "~/text/steering";
import { Button } from "~/ui/Button";
import { Card } from "~/ui/Page";
import { Segments } from "~/ui/Segments";
import { LANGUAGES, type Language } from "./verificationCode";

/** How the other side checks a signature, in its language. */
export function Verification() {
    const [chosen, setChosen] = useState<Language>("Python");
    const toast = useToast();
    const code = LANGUAGES[chosen];
    const copy = async () => {
        await navigator.clipboard.writeText(code);
        toast.done(t("app.copied"));
    };
    return (
        <section aria-labelledby="verify" className="flex flex-col gap-3">
            <div>
                <h2 id="verify" className="text-xl font-bold">
                    {t("webhooks.verify")}
                </h2>
                <p className="text-muted">{t("webhooks.verifyLead")}</p>
            </div>
            <Card className="flex flex-col gap-3">
                <div className="flex flex-wrap items-center justify-between gap-2">
                    <Segments
                        label={t("webhooks.language")}
                        value={chosen}
                        onChange={setChosen}
                        options={Object.keys(LANGUAGES).map((name) => ({
                            value: name as Language,
                            label: name,
                        }))}
                    />
                    {"clipboard" in navigator && (
                        <Button look="secondary" size="small" onClick={() => void copy()}>
                            <Copy aria-hidden size={16} />
                            {t("webhooks.copy")}
                        </Button>
                    )}
                </div>
                <pre
                    tabIndex={0}
                    aria-label={t("webhooks.verifyCode", { language: chosen })}
                    className="overflow-auto rounded-xl bg-sunken p-4 text-sm"
                >
                    {code}
                </pre>
            </Card>
        </section>
    );
}
