"""What a subject found: numbers with their aims, pairs, and whatever else belongs to them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.sample import Pair


@dataclass(frozen=True)
class Row:
    """One number that has an aim, once for each round.

    Args:
        at_most: less is better.
    """

    name: str
    against: str
    values: tuple[float, ...]
    aim: float
    unit: str = "x"
    at_most: bool = False
    p50_ms: float | None = None
    p99_ms: float | None = None

    @property
    def reached(self) -> float:
        return median(self.values)

    @property
    def is_met(self) -> bool:
        return self.reached <= self.aim if self.at_most else self.reached >= self.aim

    @property
    def shares(self) -> tuple[float, ...]:
        """How the values stand to the aim, ascending; 1 and more is met."""
        if self.at_most:
            return tuple(sorted(self.aim / max(value, 1e-9) for value in self.values))
        return tuple(sorted(value / self.aim for value in self.values))

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "against": self.against,
            "values": list(self.values),
            "aim": self.aim,
            "unit": self.unit,
            "at_most": self.at_most,
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
            "is_met": self.is_met,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Row":
        known = {name: value for name, value in content.items() if name != "is_met"}
        return cls(**{**known, "values": tuple(content["values"])})


@dataclass
class Found:
    """Of one subject.

    Args:
        series: for plots and for whoever reads the JSON.
    """

    rows: list[Row] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    series: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": [row.as_json() for row in self.rows],
            "pairs": [pair.as_json() for pair in self.pairs],
            **self.series,
        }


def of_pairs(pairs: Iterable[Pair]) -> list[Row]:
    """The ratios of those that have an aim."""
    return [
        Row(
            name=pair.name,
            against=pair.theirs.name,
            values=tuple(pair.ratios),
            aim=pair.aim,
            p50_ms=pair.ours.p50_ms,
            p99_ms=pair.ours.p99_ms,
        )
        for pair in pairs
        if pair.theirs is not None and pair.aim is not None
    ]
