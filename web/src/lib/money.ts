import { locale } from "./locale";

/** 5000, "EUR" → €50.00, in the reader's way of writing. */
export function money(cents: number, currency: string): string {
    const format = new Intl.NumberFormat(locale, { style: "currency", currency });
    const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    return format.format(cents / 10 ** digits);
}
