import { Suspense, useEffect, useRef } from "react";
import { Outlet, useLocation } from "react-router";
import { UserContext, useMe } from "~/features/account/session";
import { PaletteHost } from "~/features/palette/PaletteHost";
import { cn } from "~/lib/cn";
import { browserStorage, PUSH_KEPT } from "~/lib/storage";
import { t } from "~/text";
import { Skeleton } from "~/ui/Skeleton";
import { BottomNav } from "./BottomNav";
import { NAV } from "./nav";
import { SideNav, TopBar } from "./Navigation";
import { StateBar } from "./StateBar";
import { Toasts } from "./Toasts";

/** Moves the focus to the new screen, as a page load would, so that a keyboard starts there. */
function useFocusOnNavigation() {
    const main = useRef<HTMLElement>(null);
    const { pathname } = useLocation();
    const first = useRef(true);
    useEffect(() => {
        if (first.current) first.current = false;
        else {
            main.current?.focus({ preventScroll: true });
            window.scrollTo(0, 0);
        }
    }, [pathname]);
    return main;
}

/** At every start, for who gets push messages here: whether the server still has this browser. */
function useKeptPush(userId: string | undefined) {
    useEffect(() => {
        if (!userId || !browserStorage.getItem(PUSH_KEPT)) return;
        void import("~/features/settings/push")
            .then(({ keepPush }) => keepPush(userId))
            .catch(() => undefined); // offline, or the push service is away: at the next start
    }, [userId]);
}

/** The frame around every screen: bar, navigation, what is wrong with the connection. */
export function Shell() {
    const me = useMe();
    const main = useFocusOnNavigation();
    useKeptPush(me?.id);
    const items = me ? NAV[me.role] : [];
    const isWide = items.length > 3;
    return (
        <UserContext value={me ?? null}>
            <div className="flex min-h-dvh flex-col">
                <a
                    href="#content"
                    className="sr-only z-50 rounded-xl bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
                >
                    {t("app.skipToContent")}
                </a>
                <TopBar me={me} items={items} isWide={isWide} />
                <StateBar />
                <div className="flex flex-1">
                    {isWide && <SideNav items={items} />}
                    <main
                        id="content"
                        ref={main}
                        tabIndex={-1}
                        className={cn(
                            "min-w-0 flex-1 outline-none",
                            items.length > 0 && "pb-20 md:pb-0",
                        )}
                    >
                        <Suspense
                            fallback={
                                <div className="mx-auto w-full max-w-3xl px-4 py-6">
                                    <Skeleton />
                                </div>
                            }
                        >
                            <Outlet />
                        </Suspense>
                    </main>
                </div>
                {items.length > 0 && <BottomNav items={items} />}
                <PaletteHost />
                <Toasts />
            </div>
        </UserContext>
    );
}
