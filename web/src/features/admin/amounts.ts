/** Amounts as people type them ("50", "49.9") and as the API has them (whole cents). */

function digitsOf(currency: string): number {
    try {
        const format = new Intl.NumberFormat("en-US", { style: "currency", currency });
        return format.resolvedOptions().maximumFractionDigits ?? 2;
    } catch {
        return 2; // not a currency (yet): it is being typed
    }
}

export function typedAmount(cents: number, currency: string): string {
    const digits = digitsOf(currency);
    return (cents / 10 ** digits).toFixed(digits);
}

/** Cents of a typed amount; null for what is no amount. */
export function centsOf(typed: string, currency: string): number | null {
    const text = typed.trim().replace(",", ".");
    if (!/^\d+(\.\d+)?$/.test(text)) return null;
    return Math.round(Number(text) * 10 ** digitsOf(currency));
}
