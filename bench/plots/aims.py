"""How each number stands to its aim."""

from typing import Any

from bench import kept
from bench.plots.svg import WIDTH, LogScale, Picture, around
from bench.report import number

LEFT, RIGHT, TOP, ROW = 270, WIDTH - 190, 62, 24


def draw(content: dict[str, Any]) -> Picture | None:
    """A dot for the median of the rounds, a line from the least to the most; 1 is the aim."""
    # An aim of nothing has no shares.
    rows = [row for _, row in kept.rows(content) if row.aim]
    if not rows:
        return None
    bottom = TOP + ROW * len(rows)
    picture = Picture(
        "What was reached, as a share of the aim (1 is the aim, more is better)", bottom + 34
    )
    picture.legend(50, [("ours", "met"), ("missed", "not met")], hollow="missed")
    low, high = around([share for row in rows for share in row.shares] + [1.0])
    scale = LogScale(max(low, 0.02), min(high, 10.0), LEFT, RIGHT)
    scale.draw(picture, TOP, bottom)
    aim = scale.at(1.0)
    picture.line(aim, TOP - 4, aim, bottom, "aim", 1.5)
    for place, row in enumerate(rows):
        y = TOP + ROW * place + ROW / 2
        kind = "ours" if row.is_met else "missed"
        shares = row.shares
        picture.words(LEFT - 12, y + 4.5, row.name, "ink", anchor="end")
        picture.line(scale.at(shares[0]), y, scale.at(shares[-1]), y, kind, 2)
        picture.dot(scale.at(shares[len(shares) // 2]), y, kind, is_hollow=not row.is_met)
        sign = "≤" if row.at_most else "≥"
        reached, wanted = number(row.reached, row.unit), number(row.aim, row.unit)
        picture.words(WIDTH - 14, y + 4.5, f"{reached} ({sign} {wanted})", "soft", anchor="end")
    return picture
