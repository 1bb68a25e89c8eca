import { describe, expect, it } from "vitest";
import {
    bothTexts,
    conflicts,
    isDirty,
    merged,
    newDraft,
    shownValues,
    unsaved,
    updatedByOthers,
    withEdit,
    type Values,
} from "./draft";

const before: Values = { notes: "before", priority: "normal", serviceId: "a" };
const begun = newDraft(before, '"1"');

describe("a draft", () => {
    it("shows what the server says wherever nothing was touched", () => {
        const draft = withEdit(begun, "notes", "mine");
        const server: Values = { ...before, priority: "vip" };
        expect(shownValues(draft, server)).toEqual({ ...server, notes: "mine" });
        expect(updatedByOthers(draft, server)).toEqual(["priority"]);
        expect(conflicts(draft, server)).toEqual([]);
    });

    it("is clean again when an edit is taken back", () => {
        const draft = withEdit(begun, "notes", "mine");
        expect(isDirty(draft)).toBe(true);
        expect(isDirty(withEdit(draft, "notes", "before"))).toBe(false);
        expect(isDirty({ ...begun, reason: "because" })).toBe(true);
        expect(isDirty(null)).toBe(false);
    });

    it("has a conflict only where both sides changed to different values", () => {
        const draft = withEdit(withEdit(begun, "notes", "mine"), "priority", "vip");
        const server: Values = { notes: "theirs", priority: "vip", serviceId: "a" };
        expect(conflicts(draft, server)).toEqual(["notes"]);
        expect(unsaved(draft, server)).toEqual({ notes: "mine" });
    });
});

describe("merging", () => {
    const draft = {
        ...withEdit(withEdit(begun, "notes", "mine"), "serviceId", "b"),
        reason: "why",
    };
    const theirs: Values = { notes: "theirs", priority: "urgent", serviceId: "a" };

    it("keeps what was not contested, whatever is chosen", () => {
        const settled = merged(draft, theirs, '"2"', { notes: "theirs" });
        expect(settled).toEqual({
            began: theirs,
            etag: '"2"',
            edits: { serviceId: "b" },
            reason: "why",
        });
        expect(conflicts(settled, theirs)).toEqual([]);
    });

    it("puts the chosen text on top of theirs", () => {
        const both = bothTexts("theirs", "mine");
        const settled = merged(draft, theirs, '"2"', { notes: both });
        expect(unsaved(settled, theirs)).toEqual({ serviceId: "b", notes: "theirs\n\nmine" });
    });

    it("asks again when they change the same field once more", () => {
        const settled = merged(draft, theirs, '"2"', { notes: "mine" });
        expect(conflicts(settled, { ...theirs, notes: "theirs, again" })).toEqual(["notes"]);
    });

    it("joins no empty text", () => {
        expect(bothTexts("", "mine")).toBe("mine");
    });
});
