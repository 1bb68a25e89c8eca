"""p99 of each second while very many reservations expire."""

from typing import Any

from bench.plots.svg import WIDTH, Picture

LEFT, RIGHT, TOP, BOTTOM = 70, WIDTH - 24, 66, 300
KINDS = ("ours", "theirs", "third", "fourth")


def draw(content: dict[str, Any]) -> Picture | None:
    """A line for each operation; the time of the sweep is shaded."""
    found = content.get("expiry")
    if found is None or not any(found["p99_each_second"].values()):
        return None
    lines: dict[str, list[list[float]]] = found["p99_each_second"]
    sweep_seconds: float = found["sweep_seconds"]
    picture = Picture("p99 of each second, before and while reservations are swept up", BOTTOM + 46)
    picture.legend(50, list(zip(KINDS, lines, strict=False)))
    points = [point for line in lines.values() for point in line]
    first, last = min(p[0] for p in points), max(p[0] for p in points) + 1
    highest = max(p[1] for p in points) * 1.05

    def x(second: float) -> float:
        return LEFT + (second - first) / max(1.0, last - first) * (RIGHT - LEFT)

    def y(latency_ms: float) -> float:
        return BOTTOM - latency_ms / highest * (BOTTOM - TOP)

    end = min(last, sweep_seconds)
    picture.add(
        f'<rect x="{x(0):.1f}" y="{TOP}" width="{x(end) - x(0):.1f}" '
        f'height="{BOTTOM - TOP}" class="shade"/>'
    )
    step = _round(highest / 4)
    for number in range(int(highest / step) + 1):
        picture.line(LEFT, y(number * step), RIGHT, y(number * step), "grid")
        text = f"{number * step:g} ms"
        picture.words(LEFT - 8, y(number * step) + 4.5, text, "soft", anchor="end")
    for second in range(int(first // 10) * 10, int(last) + 1, 10):
        if second >= first:
            picture.words(x(second), BOTTOM + 18, f"{second} s", "soft", anchor="middle")
    picture.words(x(0) + 4, BOTTOM + 36, "they expire; shaded: the sweep", "soft")
    for kind, line in zip(KINDS, lines.values(), strict=False):
        path = " ".join(f"{x(second + 0.5):.1f},{y(ms):.1f}" for second, ms in line)
        picture.add(f'<polyline points="{path}" class="{kind} line" style="fill:none"/>')
    return picture


def _round(value: float) -> float:
    power = 10.0 ** (len(f"{value:.0f}") - 1)
    return next((power * base for base in (1, 2, 5) if power * base >= value), power * 10)
