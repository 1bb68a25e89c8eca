import { Component, type ReactNode } from "react";
import { t } from "~/text";
import { Button } from "~/ui/Button";

/** Catches what a screen throws while it is drawn, and offers a way on. */
export class Failed extends Component<{ children: ReactNode }, { isFailed: boolean }> {
    override state = { isFailed: false };

    static getDerivedStateFromError() {
        return { isFailed: true };
    }

    override render() {
        if (!this.state.isFailed) return this.props.children;
        return (
            <main className="mx-auto flex max-w-xl flex-col items-start gap-4 px-4 py-16">
                <h1 className="text-2xl font-bold">{t("app.failedTitle")}</h1>
                <p className="text-muted">{t("app.failedText")}</p>
                <Button onClick={() => window.location.reload()}>{t("app.reload")}</Button>
            </main>
        );
    }
}
