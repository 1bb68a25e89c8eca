import { ChevronUp } from "lucide-react";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Menu, MenuItem } from "~/ui/Menu";
import { BULK_ACTIONS, type BulkAction } from "./bulk";

type Props = { count: number; onAct: (action: BulkAction) => void; onClear: () => void };

/** What is selected and what can be done with it; at the lower edge while there is something. */
export function SelectionBar({ count, onAct, onClear }: Props) {
    return (
        <div
            className={
                count > 0
                    ? "sticky bottom-20 z-20 flex flex-wrap items-center gap-3 rounded-card border border-accent bg-surface p-3 shadow-card md:bottom-4"
                    : "sr-only"
            }
        >
            <p role="status" className="font-semibold">
                {count > 0 && t("worklist.selected", { count })}
            </p>
            {count > 0 && (
                <div className="ml-auto flex gap-2">
                    <Button
                        look="quiet"
                        aria-label={t("worklist.clearSelection")}
                        onClick={onClear}
                    >
                        {t("worklist.clearShort")}
                    </Button>
                    <Menu
                        trigger={
                            <Button>
                                {t("worklist.act")}
                                <ChevronUp aria-hidden size={18} />
                            </Button>
                        }
                    >
                        {BULK_ACTIONS.map((action) => (
                            <MenuItem
                                key={action}
                                danger={action === "delete" || action === "cancel"}
                                onSelect={() => onAct(action)}
                            >
                                {t(`worklist.action.${action}`)}
                            </MenuItem>
                        ))}
                    </Menu>
                </div>
            )}
        </div>
    );
}
