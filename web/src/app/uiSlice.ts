import { createSlice, nanoid, type PayloadAction } from "@reduxjs/toolkit";
import { applyLook, readLook, type Look } from "./theme";

export type Toast = { id: string; text: string; tone: "done" | "failed" };
/** live: events arrive; behind: the socket is away; off: nobody is signed in. */
export type Connection = "live" | "behind" | "off";

type UiState = {
    look: Look;
    toasts: Toast[];
    connection: Connection;
    online: boolean;
    paletteOpen: boolean;
    isSignOutAsked: boolean;
};

const initialState: UiState = {
    look: readLook(),
    toasts: [],
    connection: "off",
    online: navigator.onLine,
    paletteOpen: false,
    isSignOutAsked: false,
};

const slice = createSlice({
    name: "ui",
    initialState,
    reducers: {
        lookChosen(state, { payload }: PayloadAction<Partial<Look>>) {
            Object.assign(state.look, payload);
            applyLook({ ...state.look });
        },
        toastShown: {
            prepare: (text: string, tone: Toast["tone"] = "done") => ({
                payload: { id: nanoid(), text, tone },
            }),
            reducer(state, { payload }: PayloadAction<Toast>) {
                state.toasts = [...state.toasts.slice(-2), payload];
            },
        },
        toastGone(state, { payload }: PayloadAction<string>) {
            state.toasts = state.toasts.filter((toast) => toast.id !== payload);
        },
        connectionChanged(state, { payload }: PayloadAction<Connection>) {
            state.connection = payload;
        },
        onlineChanged(state, { payload }: PayloadAction<boolean>) {
            state.online = payload;
        },
        paletteToggled(state, { payload }: PayloadAction<boolean>) {
            state.paletteOpen = payload;
        },
        signOutAsked(state, { payload }: PayloadAction<boolean>) {
            state.isSignOutAsked = payload;
        },
    },
});

export const {
    lookChosen,
    toastShown,
    toastGone,
    connectionChanged,
    onlineChanged,
    paletteToggled,
    signOutAsked,
} = slice.actions;
export const uiReducer = slice.reducer;
