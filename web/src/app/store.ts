import { configureStore } from "@reduxjs/toolkit";
import { useDispatch, useSelector } from "react-redux";
import { draftReducer, keepDraft } from "~/features/booking/draftSlice";
import { queueReducer } from "~/offline/queueSlice";
import { uiReducer } from "./uiSlice";

/** What is the browser's own: looks, the booking draft, the offline queue. What the server knows
 * lives in TanStack Query. */
export const store = configureStore({
    reducer: { draft: draftReducer, ui: uiReducer, queue: queueReducer },
});

store.subscribe(() => keepDraft(store.getState().draft));

export type RootState = ReturnType<typeof store.getState>;
export const useAppDispatch = useDispatch.withTypes<typeof store.dispatch>();
export const useAppSelector = useSelector.withTypes<RootState>();
