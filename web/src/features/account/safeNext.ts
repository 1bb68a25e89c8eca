/** A path of this site to go on to, never another site's. */
export function safeNext(next: string | null): string {
    return next && /^\/(?![/\\])/.test(next) ? next : "/";
}
