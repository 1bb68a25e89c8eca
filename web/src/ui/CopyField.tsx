import { Copy } from "lucide-react";
import { useToast } from "~/app/useToast";
import { t } from "~/text";
import { Button } from "./Button";
import { Field } from "./Field";

type Props = {
    label: string;
    value: string;
    /** The button's name. */
    copy: string;
};

/** A text that is there to be copied. Without https pages have no clipboard: it can be selected. */
export function CopyField({ label, value, copy: action }: Props) {
    const toast = useToast();
    const copy = async () => {
        await navigator.clipboard.writeText(value);
        toast.done(t("app.copied"));
    };
    return (
        <div className="flex flex-col gap-2 sm:flex-row sm:items-end">
            <Field
                label={label}
                readOnly
                value={value}
                className="min-w-0 flex-1 font-mono"
                onFocus={(event) => event.target.select()}
            />
            {"clipboard" in navigator && (
                <Button look="secondary" onClick={() => void copy()}>
                    <Copy aria-hidden size={18} />
                    {action}
                </Button>
            )}
        </div>
    );
}
