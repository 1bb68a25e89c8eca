"""What one measurement came to, and what several of the same came to."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Sample:
    """One measurement: a rate, latencies, errors, and what the client itself used."""

    count: int
    elapsed_seconds: float
    p50_ms: float
    p99_ms: float
    errors: int
    client_cores: float
    outcomes: dict[str, int] = field(default_factory=dict)
    load_average: float = 0.0
    warm_count: int = 0  # done before that, and not counted

    @property
    def per_second(self) -> float:
        return self.count / self.elapsed_seconds if self.elapsed_seconds else 0.0

    @classmethod
    def of(
        cls,
        latencies_ms: Sequence[float],
        *,
        elapsed_seconds: float,
        errors: int,
        client_cores: float,
        outcomes: dict[str, int],
        warm_count: int = 0,
    ) -> "Sample":
        ordered = sorted(latencies_ms)
        return cls(
            count=len(ordered),
            elapsed_seconds=elapsed_seconds,
            p50_ms=percentile(ordered, 0.50),
            p99_ms=percentile(ordered, 0.99),
            errors=errors,
            client_cores=client_cores,
            outcomes=outcomes,
            load_average=os.getloadavg()[0],
            warm_count=warm_count,
        )

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "per_second": self.per_second}


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that this share of an ascending list does not exceed."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class Series:
    """The rounds of one side of a pair."""

    name: str
    samples: list[Sample] = field(default_factory=list)

    def add(self, sample: Sample) -> None:
        self.samples.append(sample)

    @property
    def per_second(self) -> float:
        return median(sample.per_second for sample in self.samples)

    @property
    def p50_ms(self) -> float:
        return median(sample.p50_ms for sample in self.samples)

    @property
    def p99_ms(self) -> float:
        return median(sample.p99_ms for sample in self.samples)

    @property
    def errors(self) -> int:
        return sum(sample.errors for sample in self.samples)

    @property
    def client_cores(self) -> float:
        return median(sample.client_cores for sample in self.samples)

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "rounds": [sample.as_json() for sample in self.samples]}


@dataclass
class Pair:
    """Ours and what it is held against, measured in turns in the same run."""

    name: str
    ours: Series
    theirs: Series | None = None
    aim: float | None = None

    @property
    def ratios(self) -> list[float]:
        """Ours to theirs, round by round, ascending."""
        if self.theirs is None:
            return []
        rounds = zip(self.ours.samples, self.theirs.samples, strict=True)
        return sorted(one.per_second / other.per_second for one, other in rounds)

    @property
    def ratio(self) -> float | None:
        return median(self.ratios) if self.theirs else None

    @property
    def p50_factors(self) -> list[float]:
        """p50 of ours to theirs, round by round."""
        assert self.theirs is not None
        rounds = zip(self.ours.samples, self.theirs.samples, strict=True)
        return [one.p50_ms / other.p50_ms for one, other in rounds]

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "aim": self.aim,
            "ratios": self.ratios,
            "ours": self.ours.as_json(),
            "theirs": self.theirs.as_json() if self.theirs else None,
        }
