/** A path of this site to go on to, never another site's. */
export function safeNext(next: string | null): string {
    if (!next?.startsWith("/") || !URL.canParse(next, location.origin)) return "/";
    // As the browser reads it: it drops tabs and line breaks, and takes a backslash for a slash.
    const url = new URL(next, location.origin);
    return url.origin === location.origin && !/^\/[/\\]/.test(url.pathname)
        ? url.pathname + url.search + url.hash
        : "/";
}
