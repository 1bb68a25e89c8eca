import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { Client } from "./queryClient";

/** A view whose answers are given by hand, in the order in which they were asked for. */
function view(client: QueryClient) {
    const answers: ((value: string) => void)[] = [];
    const observer = new QueryObserver(client, {
        queryKey: ["lock", "a"],
        queryFn: () => new Promise<string>((answer) => answers.push(answer)),
    });
    const stop = observer.subscribe(() => undefined);
    return { answers, stop, shown: () => observer.getCurrentResult().data };
}

test("what changed while the first answer was on its way is fetched after it", async () => {
    const client = new Client();
    const { answers, shown, stop } = view(client);
    // Three changes are one fetch.
    const done = [1, 2, 3].map(() => client.invalidateQueries({ queryKey: ["lock"] }));
    answers[0]?.("free");
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    expect(shown()).toBe("free");
    answers[1]?.("taken");
    await Promise.all(done);
    expect(shown()).toBe("taken");
    expect(answers).toHaveLength(2);
    stop();
});

test("a later answer is fetched anew at once, as ever", async () => {
    const client = new Client();
    const { answers, shown, stop } = view(client);
    answers[0]?.("free");
    await vi.waitFor(() => expect(shown()).toBe("free"));
    const first = client.invalidateQueries({ queryKey: ["lock"] });
    const second = client.invalidateQueries({ queryKey: ["lock"] });
    expect(answers).toHaveLength(3);
    answers[1]?.("older");
    answers[2]?.("taken");
    await Promise.all([first, second]);
    expect(shown()).toBe("taken");
    stop();
});
