"""p50 and p99 of both sides of each pair."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from bench.plots.svg import WIDTH, LogScale, Picture, around

LEFT, RIGHT, TOP, ROW = 190, WIDTH - 30, 62, 38
APART = 7  # of the two sides of a pair

Side = dict[str, Any]


def draw(content: dict[str, Any]) -> Picture | None:
    """Each operation, ours and the yardstick's."""
    pairs = [
        pair
        for subject in ("reserve", "hot", "operations")
        for pair in content.get(subject, {}).get("pairs", [])
        if pair["theirs"] is not None
    ]
    title = "Milliseconds of an operation: p50 (filled) to p99 (hollow)"
    return _draw(title, pairs, ("through HTTP", "pgbench"))


def draw_growth(content: dict[str, Any]) -> Picture | None:
    """Each operation on the large database and on the small one."""
    if "growth" not in content:
        return None
    sizes = content["growth"]["sizes"]
    title = "Milliseconds of an operation as the data grows: p50 (filled) to p99 (hollow)"
    names = f"{sizes['slots']:,} slots", f"{sizes['small_slots']:,} slots"
    return _draw(title, content["growth"]["pairs"], names)


def _draw(title: str, pairs: Sequence[dict[str, Any]], names: tuple[str, str]) -> Picture | None:
    if not pairs:
        return None
    bottom = TOP + ROW * len(pairs)
    picture = Picture(title, bottom + 34)
    picture.legend(50, [("ours", names[0]), ("theirs", names[1])])
    values = [v for pair in pairs for side in ("ours", "theirs") for v in _of(pair[side])]
    scale = LogScale(*around(values), LEFT, RIGHT)
    scale.draw(picture, TOP, bottom, " ms")
    for place, pair in enumerate(pairs):
        y = TOP + ROW * place + ROW / 2
        picture.words(LEFT - 12, y + 4.5, pair["name"], "ink", anchor="end")
        for side, offset in (("ours", -APART), ("theirs", APART)):
            p50_ms, p99_ms = _of(pair[side])
            start, end = scale.at(p50_ms), scale.at(p99_ms)
            picture.line(start, y + offset, max(start, end - 4.5), y + offset, side, 2)
            picture.dot(start, y + offset, side)
            picture.dot(end, y + offset, side, is_hollow=True)
    return picture


def _of(side: Side) -> tuple[float, float]:
    rounds = side["rounds"]
    return median(r["p50_ms"] for r in rounds), median(r["p99_ms"] for r in rounds)
