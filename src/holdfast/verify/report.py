"""What a verification found."""

from dataclasses import dataclass, field

# Of each check that many violations are kept and shown; all are counted.
KEPT_VIOLATIONS = 1000


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken by one row.

    Attributes:
        invariant: I1 to I9 of SPEC §3.
        check: the name of the check that found it.
        table: the table of the row (of the schema: that which lacks something).
        id: the row's id, or the name of what the schema lacks.
        what: what is wrong, in one line, without anybody's personal data.
    """

    invariant: str
    check: str
    table: str
    id: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.table} {self.id}: {self.what}"


@dataclass(slots=True)
class CheckResult:
    """What one check looked at and found."""

    check: str
    invariant: str
    title: str
    rows: int = 0
    violation_count: int = 0
    violations: list[Violation] = field(default_factory=list)
    duration_seconds: float = 0.0

    def add(self, violation: Violation) -> None:
        self.violation_count += 1
        if len(self.violations) < KEPT_VIOLATIONS:
            self.violations.append(violation)


@dataclass(frozen=True, slots=True)
class Report:
    """The results of all checks, in the order in which they were made."""

    results: tuple[CheckResult, ...]

    @property
    def is_clean(self) -> bool:
        return self.violation_count == 0

    @property
    def violation_count(self) -> int:
        return sum(result.violation_count for result in self.results)

    @property
    def violations(self) -> list[Violation]:
        """Those that were kept: of each check the first `KEPT_VIOLATIONS`."""
        return [violation for result in self.results for violation in result.violations]

    @property
    def rows(self) -> int:
        """Rows examined; a row counts once for each check that looked at it."""
        return sum(result.rows for result in self.results)

    @property
    def duration_seconds(self) -> float:
        return sum(result.duration_seconds for result in self.results)
