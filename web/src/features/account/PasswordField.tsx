import { useState, type ComponentProps } from "react";
import { t } from "~/text/account";
import { Field } from "~/ui/Field";

/** A new password, which can be looked at while it is typed. */
export function PasswordField(props: ComponentProps<typeof Field>) {
    const [isShown, setShown] = useState(false);
    return (
        <div className="flex flex-col gap-2">
            <Field type={isShown ? "text" : "password"} autoComplete="new-password" {...props} />
            <ShowPassword label={t("signUp.showPassword")} isShown={isShown} onChange={setShown} />
        </div>
    );
}

type ShowProps = { label: string; isShown: boolean; onChange: (isShown: boolean) => void };

export function ShowPassword({ label, isShown, onChange }: ShowProps) {
    return (
        <label className="flex min-h-6 items-center gap-2 self-start text-sm">
            <input
                type="checkbox"
                className="size-5 accent-accent"
                checked={isShown}
                onChange={({ target }) => onChange(target.checked)}
            />
            {label}
        </label>
    );
}
