"""The little of SVG that the plots need: a page of its own in both themes, text, marks, axes."""

import math
from collections.abc import Sequence
from html import escape

WIDTH = 760
STYLE = """
.page { fill: #ffffff; stroke: #d0d7de; }
.ink { fill: #1f2328; } .soft { fill: #59636e; }
.grid { stroke: #d8dee4; } .aim { stroke: #59636e; stroke-dasharray: 4 3; }
.shade { fill: #eaeef2; }
.ours { fill: #0969da; stroke: #0969da; } .theirs { fill: #9a6700; stroke: #9a6700; }
.third { fill: #8250df; stroke: #8250df; } .fourth { fill: #1a7f37; stroke: #1a7f37; }
.missed { fill: #cf222e; stroke: #cf222e; }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117; stroke: #3d444d; }
.ink { fill: #f0f6fc; } .soft { fill: #9198a1; }
.grid { stroke: #2a313c; } .aim { stroke: #9198a1; }
.shade { fill: #1c2430; }
.ours { fill: #4493f8; stroke: #4493f8; } .theirs { fill: #d29922; stroke: #d29922; }
.third { fill: #ab7df8; stroke: #ab7df8; } .fourth { fill: #3fb950; stroke: #3fb950; }
.missed { fill: #f85149; stroke: #f85149; }
}
.line { fill: none; stroke-width: 2; }
"""


class Picture:
    """A page with a title, to which parts are added."""

    def __init__(self, title: str, height: float) -> None:
        self._title = title
        self._height = height
        self._parts: list[str] = []
        self.words(16, 28, title, "ink", weight=600)

    def add(self, part: str) -> None:
        self._parts.append(part)

    def words(
        self, x: float, y: float, text: str, kind: str, *, anchor: str = "start", weight: int = 400
    ) -> None:
        self.add(
            f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}" '
            f'font-weight="{weight}" stroke="none">{escape(text)}</text>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str, width: float = 1) -> None:
        self.add(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}" '
            f'stroke-width="{width}" stroke-linecap="round"/>'
        )

    def dot(self, x: float, y: float, kind: str, *, is_hollow: bool = False) -> None:
        hollow = ' fill-opacity="0" stroke-width="2"' if is_hollow else ""
        self.add(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" class="{kind}"{hollow}/>')

    def legend(
        self, y: float, names: Sequence[tuple[str, str]], *, hollow: str = "", x: float = 16
    ) -> None:
        for kind, name in names:
            self.dot(x + 5, y - 4, kind, is_hollow=kind == hollow)
            self.words(x + 16, y, name, "soft")
            x += 34 + 7 * len(name)

    def text(self) -> str:
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self._height:.0f}" '
                f'role="img" aria-label="{escape(self._title, quote=True)}" '
                "font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\" "
                'font-size="13">',
                f"<style>{STYLE}</style>",
                f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{self._height - 1:.0f}" '
                'rx="8" class="page"/>',
                *self._parts,
                "</svg>\n",
            ]
        )


class LogScale:
    """Powers of ten with 1, 2 and 5 as marks."""

    def __init__(self, low: float, high: float, left: float, right: float) -> None:
        self._low, self._high = math.log10(low), math.log10(high)
        self._left, self._right = left, right

    def at(self, value: float) -> float:
        share = (math.log10(max(value, 1e-9)) - self._low) / (self._high - self._low)
        return self._left + min(1.0, max(0.0, share)) * (self._right - self._left)

    @property
    def marks(self) -> list[float]:
        first, last = math.floor(self._low), math.ceil(self._high)
        every = [base * 10.0**power for power in range(first, last + 1) for base in (1, 2, 5)]
        inside = [v for v in every if self._low - 1e-9 <= math.log10(v) <= self._high + 1e-9]
        return inside if len(inside) <= 9 else [v for v in inside if f"{v:e}"[0] == "1"]

    def draw(self, picture: Picture, top: float, bottom: float, unit: str = "") -> None:
        for mark in self.marks:
            x = self.at(mark)
            picture.line(x, top, x, bottom, "grid")
            picture.words(x, bottom + 16, f"{mark:g}{unit}", "soft", anchor="middle")


def around(values: Sequence[float]) -> tuple[float, float]:
    """Limits of a scale that holds all of them, on marks."""
    low, high = min(values), max(values)
    return _step(low * 0.85, up=False), _step(high * 1.15, up=True)


def _step(value: float, *, up: bool) -> float:
    power = 10.0 ** math.floor(math.log10(max(value, 1e-6)))
    steps = [power * base for base in (1, 2, 5, 10)]
    if up:
        return next(step for step in steps if step >= value * 0.999)
    return max(step for step in steps if step <= value * 1.001)
