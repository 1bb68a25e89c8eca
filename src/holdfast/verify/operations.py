"""Verification: every check over the whole database, in one snapshot."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from holdfast.verify.chain import entry_fault
from holdfast.verify.checks import CHECKS, Check, Walk
from holdfast.verify.report import CheckResult, Report, Violation
from holdfast.verify.store import KeyRange, Snapshot, snapshot


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a verification is: in all checks together, in rows."""

    title: str
    rows_done: int
    rows_total: int


OnProgress = Callable[[Progress], None]


def check_database(url: str, on_progress: OnProgress | None = None) -> Report:
    """Check I1 to I9 (SPEC §3) on live data and on the schema that enforces them.

    Reads one consistent snapshot, so it is right while the server works; it changes and locks
    nothing. Memory is bounded by a range of rows, whatever the size of the database.

    Args:
        url: a libpq URL; the server's own role may see all that is needed.
        on_progress: called after each range of rows.
    Raises:
        CannotVerify: the database cannot be reached or lacks the schema.
    """
    with snapshot(url) as database:
        walks = {check.walk for check in CHECKS if check.walk is not None}
        ranges = {walk: database.ranges(walk) for walk in walks}
        meter = _Meter(on_progress, sum(_rows(ranges, check.walk) for check in CHECKS))
        return Report(
            tuple(
                _make(database, check, ranges[check.walk] if check.walk else [None], meter)
                for check in CHECKS
            )
        )


def assert_clean(url: str) -> None:
    """Fail, with every violation in the message, unless the database keeps all rules.

    Raises:
        AssertionError: it does not.
        CannotVerify: as `check_database`.
    """
    report = check_database(url)
    assert report.is_clean, "\n".join(str(violation) for violation in report.violations)


def violations(check: Check, rows: Iterable[dict[str, Any]]) -> Iterator[Violation]:
    """Those among the rows that a check's statement returned."""
    for row in rows:
        what = entry_fault(row["entry"]) if "entry" in row else row["what"]
        if what is not None:
            yield Violation(
                invariant=row.get("invariant", check.invariant),
                check=check.name,
                table=row.get("relation", check.table),
                id=str(row["id"]),
                what=what,
            )


class _Meter:
    """Adds up the rows of all checks."""

    def __init__(self, on_progress: OnProgress | None, rows_total: int) -> None:
        self._on_progress = on_progress
        self._total = rows_total
        self._done = 0

    def advance(self, title: str, rows: int) -> None:
        self._done += rows
        if self._on_progress is not None:
            self._on_progress(Progress(title, self._done, self._total))


def _rows(ranges: dict[Walk, list[KeyRange]], walk: Walk | None) -> int:
    return sum(keys.rows for keys in ranges[walk]) if walk else 0


def _make(
    database: Snapshot, check: Check, ranges: list[KeyRange] | list[None], meter: _Meter
) -> CheckResult:
    result = CheckResult(check.name, check.invariant, check.title)
    began = time.monotonic()
    meter.advance(check.title, 0)
    for keys in ranges:
        found = database.rows(check, keys)
        for violation in violations(check, found):
            result.add(violation)
        result.rows += len(found) if keys is None else keys.rows
        if keys is not None:
            meter.advance(check.title, keys.rows)
    result.duration_seconds = time.monotonic() - began
    return result
