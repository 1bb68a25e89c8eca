// Before the first paint: how the page looks, so that a dark one never flashes white, and which of
// the screens in index.html is shown until the app is there.
(function () {
    const page = document.documentElement.dataset;
    let isExpected = false;
    try {
        // Written by src/app/theme.ts; without a choice the system decides.
        const choice = JSON.parse(localStorage.getItem("holdfast.look") || "{}");
        if (choice.theme === "light" || choice.theme === "dark") page.theme = choice.theme;
        if (choice.contrast === "more") page.contrast = "more";
        // As isSomebodyExpected() in src/features/account/session.ts has it.
        isExpected = Boolean(localStorage.getItem("holdfast.owner"));
    } catch {
        // Storage is switched off: the system's look, and nobody.
    }
    const path = location.pathname;
    if (path.startsWith("/book/")) page.first = "book";
    else if (path === "/find" && isExpected) page.first = "find";
    else if ((path === "/find" || path === "/") && !isExpected) page.first = "welcome";
})();
