import { z } from "zod";
import { t } from "~/text/account";

const PASSWORD_MIN = 10;
const PASSWORD_MAX = 256;

/** What the server asks of an account's fields, said before it is asked. */
export const email = z.email({ error: () => t("signUp.emailError") });
export const password = z
    .string()
    .min(PASSWORD_MIN, { error: () => t("signUp.passwordError") })
    .max(PASSWORD_MAX, { error: () => t("signUp.passwordTooLong") });
export const name = z
    .string()
    .trim()
    .min(1, { error: () => t("signUp.nameError") });
export const phone = z
    .string()
    .trim()
    .regex(/^$|^[+(]?[0-9][0-9 ()./-]{2,38}$/, { error: () => t("signUp.phoneError") });

/** However it is written: `Kim Example` and `kimexample` are one guess. */
function squeezed(text: string): string {
    return text.normalize("NFKC").toLowerCase().normalize("NFKC").replace(/\s/g, "");
}

/** Whether a new password is something else than one's own address, the part before its @, or name. */
export function notOwn({ email, name }: { email: string | null; name: string }) {
    const own = [email ?? "", email?.split("@", 1)[0] ?? "", name].map(squeezed);
    return (password: string) => !own.includes(squeezed(password));
}
