import { useState } from "react";
import { Command } from "cmdk";
import * as Dialog from "radix-ui/dialog";
import { Search } from "lucide-react";
import { t } from "~/text";
import { LookGroup, ScreensGroup, SignOutGroup } from "./GeneralGroups";
import { isStaff, useMe } from "~/features/account/session";
import { AppointmentsGroup, DateGroup, ProvidersGroup } from "./StaffGroups";

export type Run = (action: () => void) => () => void;

/** Everything by a few letters: screens, days, providers, appointments, looks. */
export default function Palette({ onClose }: { onClose: () => void }) {
    const me = useMe();
    const [text, setText] = useState("");
    const run: Run = (action) => () => {
        onClose();
        action();
    };
    return (
        <Dialog.Root
            open
            onOpenChange={(isOpen) => {
                if (!isOpen) onClose();
            }}
        >
            <Dialog.Portal>
                <Dialog.Overlay className="fixed inset-0 z-40 bg-[rgb(10_15_14/55%)]" />
                <Dialog.Content
                    aria-describedby={undefined}
                    className="fixed inset-x-4 top-[10dvh] z-50 mx-auto max-w-xl overflow-hidden rounded-3xl border border-line bg-surface shadow-card"
                >
                    <Dialog.Title className="sr-only">{t("palette.title")}</Dialog.Title>
                    <Command label={t("palette.title")} loop>
                        <div className="flex items-center gap-3 border-b border-line px-5">
                            <Search aria-hidden size={20} className="shrink-0 text-muted" />
                            <Command.Input
                                value={text}
                                onValueChange={setText}
                                placeholder={
                                    isStaff(me) ? t("palette.staffHint") : t("palette.hint")
                                }
                                className="min-h-14 w-full bg-transparent outline-none"
                            />
                        </div>
                        <Command.List
                            label={t("palette.found")}
                            tabIndex={0}
                            className="max-h-[60dvh] overflow-y-auto p-2 focus-visible:outline-none"
                        >
                            <Command.Empty className="px-3 py-6 text-center text-muted">
                                {t("palette.nothing")}
                            </Command.Empty>
                            {isStaff(me) && (
                                <>
                                    <DateGroup text={text} run={run} />
                                    <AppointmentsGroup text={text} run={run} />
                                </>
                            )}
                            <ScreensGroup me={me} run={run} />
                            {isStaff(me) && !me?.providerId && <ProvidersGroup run={run} />}
                            <LookGroup run={run} />
                            {me && <SignOutGroup run={run} />}
                        </Command.List>
                    </Command>
                </Dialog.Content>
            </Dialog.Portal>
        </Dialog.Root>
    );
}
