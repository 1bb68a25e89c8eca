"""Plots as SVG, written by hand: bars of numbers that can be compared."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

WIDTH, LABEL, ROW, BAR = 720, 190, 26, 14
TEXT, QUIET, OURS, AIM = "#57606a", "#8c959f", "#2f6fde", "#d1242f"


def bars(
    path: Path, title: str, rows: Sequence[tuple[str, float, float | None]], *, unit: str = ""
) -> None:
    """Horizontal bars.

    Args:
        rows: the name, the value, and what is aimed at (a red mark).
    """
    if not rows:
        return
    largest = max(max(value, aim or 0.0) for _, value, aim in rows) or 1.0
    scale = (WIDTH - LABEL - 90) / largest
    height = 44 + ROW * len(rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-label="{escape(title, quote=True)}" '
        'font-family="system-ui, sans-serif" font-size="13">',
        f'<text x="8" y="22" fill="{TEXT}" font-weight="600">{escape(title)}</text>',
    ]
    for number, (name, value, aim) in enumerate(rows):
        top = 38 + ROW * number
        middle = top + BAR / 2 + 4.5
        parts += [
            f'<text x="{LABEL - 10}" y="{middle}" text-anchor="end" fill="{TEXT}">'
            f"{escape(name)}</text>",
            f'<rect x="{LABEL}" y="{top}" width="{max(1.0, value * scale):.1f}" height="{BAR}" '
            f'rx="2" fill="{OURS}"/>',
            f'<text x="{LABEL + value * scale + 8:.1f}" y="{middle}" fill="{QUIET}">'
            f"{value:.2f}{escape(unit)}</text>",
        ]
        if aim:
            at = LABEL + aim * scale
            parts.append(
                f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top - 3}" y2="{top + BAR + 3}" '
                f'stroke="{AIM}" stroke-width="2"/>'
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>"]) + "\n")
