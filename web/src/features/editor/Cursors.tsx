import { MousePointer2 } from "lucide-react";
import type { Cursor } from "./useCursors";

/** Where others point, over the editor's box. The server's colours carry white text. */
export function Cursors({ cursors }: { cursors: Cursor[] }) {
    return (
        <div aria-hidden className="no-print pointer-events-none absolute inset-0 z-20">
            {cursors.map(({ userId, name, color, x, y }) => {
                // A label must not stick out at the right.
                const isRight = x > 0.7;
                return (
                    <div
                        key={userId}
                        data-cursor={name}
                        className="absolute transition-[left,top] duration-200 ease-linear"
                        style={{ left: `${x * 100}%`, top: `${y * 100}%` }}
                    >
                        <MousePointer2
                            size={20}
                            fill={color}
                            stroke="#ffffff"
                            strokeWidth={1.5}
                            className="drop-shadow"
                        />
                        <span
                            className={`absolute top-5 rounded-lg px-2 py-0.5 text-sm font-semibold whitespace-nowrap ${isRight ? "right-0" : "left-3"}`}
                            style={{ backgroundColor: color, color: "#ffffff" }}
                        >
                            {name}
                        </span>
                    </div>
                );
            })}
        </div>
    );
}
