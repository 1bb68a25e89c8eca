export { aboutOf, type Change } from "./changes";
export { Offline } from "./Offline";
export { persistOptions } from "./persist";
export { discardAllOf } from "./queue";
export type { Done } from "./send";
export { SignOutDialog } from "./SignOutDialog";
export { useIsOffline, useQueue, useQueuedOf, useSubmit } from "./useQueue";
