import { createSlice, type PayloadAction } from "@reduxjs/toolkit";
import type { QueuedChange } from "./changes";
import { readQueue } from "./storage";

type QueueState = {
    /** What the browser's storage holds, which is the queue itself. */
    items: QueuedChange[];
    sending: string | null;
    isOpen: boolean;
    /** The refused change for which another time is being chosen. */
    resolving: string | null;
};

const initialState = (): QueueState => ({
    items: readQueue(),
    sending: null,
    isOpen: false,
    resolving: null,
});

const slice = createSlice({
    name: "queue",
    initialState,
    reducers: {
        queueRead(state, { payload }: PayloadAction<QueuedChange[]>) {
            state.items = payload;
        },
        sendingChanged(state, { payload }: PayloadAction<string | null>) {
            state.sending = payload;
        },
        queueToggled(state, { payload }: PayloadAction<boolean>) {
            state.isOpen = payload;
        },
        resolvingChanged(state, { payload }: PayloadAction<string | null>) {
            state.resolving = payload;
        },
    },
});

export const { queueRead, sendingChanged, queueToggled, resolvingChanged } = slice.actions;
export const queueReducer = slice.reducer;
