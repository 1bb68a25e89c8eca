import { tabStorage } from "~/lib/storage";
import { bodyOf, draftOf, isSame, PARTS, type Draft } from "./schedule";

/**
 * A schedule that is not saved yet outlives a reload and a look at another page, but not the tab.
 * With it goes what it was made of, so that what others saved meanwhile is merged, not lost.
 */
export type Work = { base: Draft; etag: string | null; draft: Draft };

type Body = ReturnType<typeof bodyOf>;
type Kept = { base: Body; etag: string | null; draft: Body };

const keyOf = (userId: string, providerId: string) =>
    `holdfast.draft.${userId}.schedule.${providerId}`;

export function isChanged({ base, draft }: Pick<Work, "base" | "draft">): boolean {
    return PARTS.some((part) => !isSame(base, draft, part));
}

export function keptWork(userId: string, providerId: string): Work | null {
    try {
        const text = tabStorage.getItem(keyOf(userId, providerId));
        if (text === null) return null;
        const { base, etag, draft } = JSON.parse(text) as Partial<Kept>;
        if (!base || !draft || (etag !== null && typeof etag !== "string")) return null;
        return { base: draftOf(base), etag, draft: draftOf(draft) };
    } catch {
        return null;
    }
}

export function keepWork(userId: string, providerId: string, work: Work): void {
    const key = keyOf(userId, providerId);
    const { base, etag, draft } = work;
    if (!isChanged(work)) tabStorage.removeItem(key);
    else
        tabStorage.setItem(key, JSON.stringify({ base: bodyOf(base), etag, draft: bodyOf(draft) }));
}
