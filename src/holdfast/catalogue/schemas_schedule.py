"""Wire models of schedules and of the slots made from them (SPEC 4.2)."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from holdfast.catalogue.schedule import minute_of_day
from holdfast.catalogue.schemas import Version
from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import Day, Id, Instant, Integer, WireModel

ClockTime = Annotated[
    str,
    StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$"),
    Field(examples=["09:00"]),
]
ClockEnd = Annotated[
    str,
    StringConstraints(pattern=r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"),
    Field(examples=["17:00"], description="`24:00` is the end of the day."),
]
Weekday = Annotated[Integer, Field(ge=1, le=7, description="ISO: 1 is Monday.")]


class WeeklyHours(WireModel):
    """When a provider works, every week; with a `serviceId`, for that service only."""

    weekday: Weekday
    start: ClockTime
    end: ClockEnd
    facility_id: Id
    service_id: Id | None = None

    @model_validator(mode="after")
    def _ends_later(self) -> "WeeklyHours":
        _check_order(self.start, self.end)
        return self


class WeeklyBreak(WireModel):
    """What is cut out of the weekly hours."""

    weekday: Weekday
    start: ClockTime
    end: ClockEnd

    @model_validator(mode="after")
    def _ends_later(self) -> "WeeklyBreak":
        _check_order(self.start, self.end)
        return self


class ScheduleException(WireModel):
    """A day that differs, breaks included: either `closed`, or hours at a facility."""

    date: Day
    closed: Literal[True] | None = None
    start: ClockTime | None = None
    end: ClockEnd | None = None
    facility_id: Id | None = None

    @model_validator(mode="after")
    def _closed_or_open(self) -> "ScheduleException":
        hours = (self.start, self.end, self.facility_id)
        if self.closed:
            if any(part is not None for part in hours):
                raise ValueError("a closed day has no start, end or facilityId")
        elif self.start is None or self.end is None or self.facility_id is None:
            raise ValueError("give start, end and facilityId, or closed: true")
        else:
            _check_order(self.start, self.end)
        return self


class ScheduleBody(WireModel):
    """A provider's schedule, in the provider's time zone."""

    weekly: list[WeeklyHours] = Field(max_length=100)
    breaks: list[WeeklyBreak] = Field(default=[], max_length=100)
    exceptions: list[ScheduleException] = Field(default=[], max_length=1000)
    slot_minutes: Annotated[
        Integer, Field(ge=5, le=1440, description="Length of a slot, at least.")
    ]


class PutSchedule(ScheduleBody):
    """The whole schedule, in place of the one there is."""

    version: Version | None = None

    @field_validator("weekly")
    @classmethod
    def _hours_apart(cls, weekly: list[WeeklyHours]) -> list[WeeklyHours]:
        day = _overlap((entry.weekday, entry.start, entry.end) for entry in weekly)
        if day is not None:
            raise ValueError(f"hours of weekday {day} overlap")
        return weekly

    @field_validator("exceptions")
    @classmethod
    def _exceptions_agree(cls, exceptions: list[ScheduleException]) -> list[ScheduleException]:
        entries = Counter(entry.date for entry in exceptions)
        for entry in exceptions:
            if entry.closed and entries[entry.date] > 1:
                raise ValueError(f"{entry.date} is closed, but has another entry")
        day = _overlap(
            (entry.date, entry.start, entry.end)
            for entry in exceptions
            if entry.start is not None and entry.end is not None
        )
        if day is not None:
            raise ValueError(f"hours of {day} overlap")
        return exceptions


class Schedule(ScheduleBody):
    """A provider's schedule as it was put."""

    version: int


class GenerateRequest(KeyedRequest):
    """The days to publish, both included, in the provider's time zone; 366 at most."""

    from_: Day = Field(alias="from")
    to: Day


class SkippedSlot(WireModel):
    """A slot that the schedule asks for but that was not published."""

    start: Instant
    reason: Literal["past", "overlap", "deleted", "dst_gap", "dst_change", "not_offered"] = Field(
        description=(
            "`past`: it has begun. `overlap`: another slot is in the way. `deleted`: staff took "
            "it away. `dst_gap`: that local time does not exist. `dst_change`: the clocks change "
            "within it. `not_offered`: the facility or service is no longer the provider's."
        )
    )


class Generated(WireModel):
    """What became of the slots that the schedule asks for."""

    created: int
    existing: int
    skipped: list[SkippedSlot] = Field(description="By time; the first 1000.")


def _check_order(start: str, end: str) -> None:
    if minute_of_day(end) <= minute_of_day(start):
        raise ValueError("end must be after start")


def _overlap(periods: Iterable[tuple[Hashable, str, str]]) -> Hashable | None:
    """The first day on which two periods share time."""
    by_day: dict[Hashable, list[tuple[int, int]]] = defaultdict(list)
    for day, start, end in periods:
        by_day[day].append((minute_of_day(start), minute_of_day(end)))
    for day, spans in by_day.items():
        spans.sort()
        if any(one[1] > other[0] for one, other in pairwise(spans)):
            return day
    return None
