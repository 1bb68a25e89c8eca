import * as DropdownMenu from "radix-ui/dropdown-menu";
import { Check, Users } from "lucide-react";
import type { Provider } from "~/features/catalogue/queries";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";

const ITEM =
    "flex min-h-10 cursor-pointer items-center gap-2 rounded-xl px-3 outline-none data-highlighted:bg-sunken";

type Props = { providers: Provider[]; chosen: string[]; onChange: (chosen: string[]) => void };

/** Whose columns are shown: some by name, or everybody's. */
export function ProviderFilter({ providers, chosen, onChange }: Props) {
    const only = providers.find((one) => one.id === chosen[0]);
    const name =
        chosen.length === 0
            ? t("calendar.allProviders")
            : chosen.length === 1 && only
              ? only.name
              : t("calendar.providers", { count: chosen.length });
    const toggle = (id: string) =>
        onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
    return (
        <DropdownMenu.Root>
            <DropdownMenu.Trigger asChild>
                <Button look="secondary" className="max-w-56">
                    <Users aria-hidden size={18} className="shrink-0" />
                    <span className="truncate">{name}</span>
                </Button>
            </DropdownMenu.Trigger>
            <DropdownMenu.Portal>
                <DropdownMenu.Content
                    align="start"
                    sideOffset={6}
                    className="z-50 max-h-[60dvh] min-w-56 overflow-y-auto rounded-2xl border border-line bg-surface p-1.5 shadow-card"
                >
                    <DropdownMenu.Item className={ITEM} onSelect={() => onChange([])}>
                        <span className="size-4" />
                        {t("calendar.allProviders")}
                    </DropdownMenu.Item>
                    <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
                    {providers.map((provider) => (
                        <DropdownMenu.CheckboxItem
                            key={provider.id}
                            className={ITEM}
                            checked={chosen.includes(provider.id)}
                            onCheckedChange={() => toggle(provider.id)}
                            // Several are chosen in one go.
                            onSelect={(event) => event.preventDefault()}
                        >
                            <span className="size-4">
                                <DropdownMenu.ItemIndicator>
                                    <Check aria-hidden size={16} className="text-accent" />
                                </DropdownMenu.ItemIndicator>
                            </span>
                            {provider.name}
                        </DropdownMenu.CheckboxItem>
                    ))}
                </DropdownMenu.Content>
            </DropdownMenu.Portal>
        </DropdownMenu.Root>
    );
}
