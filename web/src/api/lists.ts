import type { InfiniteData } from "@tanstack/react-query";

/** A page of a list (SPEC 4). */
export type ListPage<T> = { items: T[]; nextCursor: string | null };

/** What `useInfiniteQuery` needs to walk a list of the API by its cursors. */
export const byCursor = {
    initialPageParam: null as string | null,
    getNextPageParam: <T>(page: ListPage<T>) => page.nextCursor,
};

/** The rows of all pages so far. */
export function rows<T>(pages: InfiniteData<ListPage<T>> | undefined): T[] {
    return pages?.pages.flatMap((page) => page.items) ?? [];
}

const MAXIMUM_PAGES = 50;

/** A whole list, page by page; for lists that a person maintains, which are short. */
export async function everything<T>(
    read: (cursor: string | undefined) => Promise<ListPage<T>>,
): Promise<T[]> {
    const all: T[] = [];
    let cursor: string | undefined;
    for (let count = 0; count < MAXIMUM_PAGES; count++) {
        const page = await read(cursor);
        all.push(...page.items);
        if (!page.nextCursor) break;
        cursor = page.nextCursor;
    }
    return all;
}
