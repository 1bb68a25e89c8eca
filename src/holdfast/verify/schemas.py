"""Wire models of the integrity checks."""

from pydantic import Field

from holdfast.http.wire import WireModel


class IntegrityCheck(WireModel):
    """One check of the rules I1 to I9."""

    name: str = Field(examples=["slot_bookings"])
    invariant: str = Field(description="The rules it looks after.", examples=["I4"])
    title: str
    in_parts: bool = Field(
        description="Whether it can be made here; the others need `holdfast verify`."
    )
    rows_estimated: int | None = Field(
        description="About how many rows it goes through; null when that is not known."
    )


class IntegrityChecks(WireModel):
    """All checks, in the order in which they are best made."""

    checks: list[IntegrityCheck]


class IntegrityViolation(WireModel):
    """One rule broken by one row."""

    invariant: str
    table: str
    id: str
    what: str = Field(description="What is wrong, without anybody's personal data.")


class IntegrityBatch(WireModel):
    """What one batch of a check found; go on with `nextCursor` until it is null."""

    check: str
    rows: int = Field(description="How many rows were looked at.")
    violation_count: int
    violations: list[IntegrityViolation] = Field(description="The first hundred.")
    next_cursor: str | None
