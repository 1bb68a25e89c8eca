import { useCallback } from "react";
import { problemText } from "~/api/problem";
import { useAppDispatch } from "./store";
import { toastShown } from "./uiSlice";

/** Short news of what became of a change. */
export function useToast() {
    const dispatch = useAppDispatch();
    const done = useCallback((text: string) => void dispatch(toastShown(text)), [dispatch]);
    const failed = useCallback(
        (error: unknown) => void dispatch(toastShown(problemText(error), "failed")),
        [dispatch],
    );
    return { done, failed };
}
