export { aboutOf, type Change } from "./changes";
export { Offline } from "./Offline";
export { persistOptions } from "./persist";
export type { Done } from "./send";
export { useIsOffline, useQueue, useQueuedOf, useSubmit } from "./useQueue";
