import { beforeEach, expect, test } from "vitest";
import { browserStorage, PUSH_KEPT } from "~/lib/storage";
import { bytesOf, keptPush } from "./push";

beforeEach(() => browserStorage.removeItem(PUSH_KEPT));

test("what a browser keeps counts for one person only", () => {
    expect(keptPush("a")).toBeNull();
    browserStorage.setItem(PUSH_KEPT, JSON.stringify({ userId: "a", id: "1", key: "k" }));
    expect(keptPush("a")).toEqual({ userId: "a", id: "1", key: "k" });
    expect(keptPush("b")).toBeNull();
});

test.each(["", "null", "{", "{}", '{"userId":"a"}', "7"])("%s is nothing kept", (text) => {
    browserStorage.setItem(PUSH_KEPT, text);
    expect(keptPush("a")).toBeNull();
});

test("a key in base64url is read as browsers want it", () => {
    expect([...bytesOf("AP-_")]).toEqual([0, 255, 191]);
});
