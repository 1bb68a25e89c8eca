import { startTransition, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";

/** Puts the app in the place of what index.html shows until then. */
export function start(): void {
    const root = document.getElementById("root");
    if (!root) throw new Error("index.html has no #root");
    const app = createRoot(root);
    // In slices, so that a slow phone answers taps while the first screen is made.
    startTransition(() => {
        app.render(
            <StrictMode>
                <App />
            </StrictMode>,
        );
    });
}
