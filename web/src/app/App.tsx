import { QueryClientProvider } from "@tanstack/react-query";
import { Provider } from "react-redux";
import { BrowserRouter } from "react-router";
import { LiveProvider } from "~/realtime/LiveProvider";
import { Failed } from "./Failed";
import { queryClient } from "./queryClient";
import { AppRoutes } from "./routes";
import { store } from "./store";

export function App() {
    return (
        <Failed>
            <Provider store={store}>
                <QueryClientProvider client={queryClient}>
                    <BrowserRouter>
                        <LiveProvider>
                            <AppRoutes />
                        </LiveProvider>
                    </BrowserRouter>
                </QueryClientProvider>
            </Provider>
        </Failed>
    );
}
