import { afterEach, describe, expect, it } from "vitest";
import { tabStorage } from "~/lib/storage";
import { keepWork, keptWork, type Work } from "./draftStore";
import { bodyOf, draftOf, EMPTY } from "./schedule";

const KEY = "holdfast.draft.me.schedule.provider";
const monday = { weekday: 1, start: "09:00", end: "12:00", facilityId: "here" };
const draft = draftOf({ slotMinutes: 45, weekly: [monday], breaks: [], exceptions: [] });
const work: Work = { base: EMPTY, etag: '"3"', draft };

afterEach(() => tabStorage.removeItem(KEY));

describe("a schedule that is not saved", () => {
    it("comes back with what it was made of", () => {
        keepWork("me", "provider", work);
        const kept = keptWork("me", "provider");
        expect(kept?.etag).toBe('"3"');
        expect(kept && bodyOf(kept.draft)).toEqual(bodyOf(draft));
        expect(kept && bodyOf(kept.base)).toEqual(bodyOf(EMPTY));
    });

    it("is nobody else's, nor another provider's", () => {
        keepWork("me", "provider", work);
        expect(keptWork("you", "provider")).toBeNull();
        expect(keptWork("me", "another")).toBeNull();
    });

    it("is gone when nothing is changed any more", () => {
        keepWork("me", "provider", work);
        keepWork("me", "provider", { ...work, draft: work.base });
        expect(keptWork("me", "provider")).toBeNull();
    });

    it.each(["{", "null", '{"etag": 3}', '{"etag": null}', '{"etag": null, "draft": {}}'])(
        "is not made of %s",
        (text) => {
            tabStorage.setItem(KEY, text);
            expect(keptWork("me", "provider")).toBeNull();
        },
    );
});
