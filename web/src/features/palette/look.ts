export const GROUP =
    "[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:pb-1 " +
    "[&_[cmdk-group-heading]]:text-sm [&_[cmdk-group-heading]]:font-semibold " +
    "[&_[cmdk-group-heading]]:text-muted";

export const ITEM =
    "flex min-h-11 cursor-pointer items-center gap-3 rounded-xl px-3 " +
    "data-[selected=true]:bg-accent-soft data-[selected=true]:text-accent";
