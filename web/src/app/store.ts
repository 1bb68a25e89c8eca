import { configureStore } from "@reduxjs/toolkit";
import { useDispatch, useSelector } from "react-redux";
import { uiReducer } from "./uiSlice";

/** What is the browser's own: looks, the booking draft, the offline queue. What the server knows
 * lives in TanStack Query. */
export const store = configureStore({ reducer: { ui: uiReducer } });

export type RootState = ReturnType<typeof store.getState>;
export const useAppDispatch = useDispatch.withTypes<typeof store.dispatch>();
export const useAppSelector = useSelector.withTypes<RootState>();
