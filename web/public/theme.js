// Before the first paint, so that a dark page never flashes white. The choice is written by
// src/app/theme.ts; without one the system decides.
(function () {
    try {
        const choice = JSON.parse(localStorage.getItem("holdfast.look") || "{}");
        if (choice.theme === "light" || choice.theme === "dark") {
            document.documentElement.dataset.theme = choice.theme;
        }
        if (choice.contrast === "more") document.documentElement.dataset.contrast = "more";
    } catch {
        // Storage is switched off: the system's look it is.
    }
})();
