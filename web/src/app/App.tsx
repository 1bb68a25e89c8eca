import { PersistQueryClientProvider } from "@tanstack/react-query-persist-client";
import { Provider } from "react-redux";
import { BrowserRouter } from "react-router";
import { Offline, persistOptions } from "~/offline";
import { LiveProvider } from "~/realtime/LiveProvider";
import { Failed } from "./Failed";
import { queryClient } from "./queryClient";
import { AppRoutes } from "./routes";
import { store } from "./store";

/** What was kept may be of an hour ago; who one is, and may do, is asked at each start. */
function askWhoIsSignedIn() {
    return queryClient.invalidateQueries({ queryKey: ["me"] });
}

export function App() {
    return (
        <Failed>
            <Provider store={store}>
                <PersistQueryClientProvider
                    client={queryClient}
                    persistOptions={persistOptions}
                    onSuccess={askWhoIsSignedIn}
                >
                    <BrowserRouter>
                        <LiveProvider>
                            <AppRoutes />
                            <Offline />
                        </LiveProvider>
                    </BrowserRouter>
                </PersistQueryClientProvider>
            </Provider>
        </Failed>
    );
}
