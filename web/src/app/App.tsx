import { PersistQueryClientProvider } from "@tanstack/react-query-persist-client";
import { Provider } from "react-redux";
import { BrowserRouter } from "react-router";
import { Offline, persistOptions } from "~/offline";
import { LiveProvider } from "~/realtime/LiveProvider";
import { Failed } from "./Failed";
import { queryClient } from "./queryClient";
import { AppRoutes } from "./routes";
import { store } from "./store";

export function App() {
    return (
        <Failed>
            <Provider store={store}>
                <PersistQueryClientProvider client={queryClient} persistOptions={persistOptions}>
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
