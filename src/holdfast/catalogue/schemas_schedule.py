"""Wire models of schedules and of the slots made from them (SPEC 4.2)."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from holdfast.catalogue.schedule import DAY, minute_of_day, span_of
from holdfast.catalogue.schemas import Provider, Service, Version
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
    Field(
        examples=["17:00"],
        description="Not later than the start: on the next day. `24:00` is midnight.",
    ),
]
Weekday = Annotated[Integer, Field(ge=1, le=7, description="ISO: 1 is Monday.")]
WEEK = 7 * DAY
EXCEPTION_DAYS = 366
# How many exceptions may meet on a day.
ENTRIES_A_DAY = 100


class WeeklyHours(WireModel):
    """When a provider works, every week; with a `serviceId`, for that service only. They belong to
    the weekday on which they begin."""

    weekday: Weekday
    start: ClockTime
    end: ClockEnd
    facility_id: Id
    service_id: Id | None = None

    @model_validator(mode="after")
    def _has_length(self) -> "WeeklyHours":
        _check_length(self.start, self.end)
        return self


class WeeklyBreak(WireModel):
    """What is cut out of the weekly hours, by the weekday on which it begins."""

    weekday: Weekday
    start: ClockTime
    end: ClockEnd

    @model_validator(mode="after")
    def _has_length(self) -> "WeeklyBreak":
        _check_length(self.start, self.end)
        return self


class ScheduleException(WireModel):
    """A day that differs, breaks included, or all days from one to another: either `closed`, or
    hours at a facility. Hours that began the day before go on."""

    date: Day | None = None
    from_: Day | None = Field(default=None, alias="from")
    to: Day | None = Field(
        default=None, description=f"Included; at most {EXCEPTION_DAYS} days with `from`."
    )
    closed: Literal[True] | None = None
    start: ClockTime | None = None
    end: ClockEnd | None = None
    facility_id: Id | None = None

    @model_validator(mode="after")
    def _one_day_or_range(self) -> "ScheduleException":
        if self.date is not None:
            if self.from_ is not None or self.to is not None:
                raise ValueError("give date, or from and to, not both")
        elif self.from_ is None or self.to is None:
            raise ValueError("give date, or from and to")
        elif self.to < self.from_:
            raise ValueError("to must not lie before from")
        elif (self.to - self.from_).days >= EXCEPTION_DAYS:
            raise ValueError(f"from and to may cover {EXCEPTION_DAYS} days at most")
        return self

    @model_validator(mode="after")
    def _closed_or_open(self) -> "ScheduleException":
        hours = (self.start, self.end, self.facility_id)
        if self.closed:
            if any(part is not None for part in hours):
                raise ValueError("a closed day has no start, end or facilityId")
        elif self.start is None or self.end is None or self.facility_id is None:
            raise ValueError("give start, end and facilityId, or closed: true")
        else:
            _check_length(self.start, self.end)
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
        spans: list[tuple[int, int, int]] = []
        for entry in weekly:
            start, end = span_of(entry.start, entry.end)
            begins = (entry.weekday - 1) * DAY
            spans.append((begins + start, begins + end, entry.weekday))
        spans.sort()
        # Those of a Sunday night go on into the Monday that the week begins with.
        reached = max((end for _, end, _ in spans), default=0) - WEEK
        for start, end, day in spans:
            if start < reached:
                raise ValueError(f"hours of weekday {day} overlap")
            reached = max(reached, end)
        return weekly

    @field_validator("exceptions")
    @classmethod
    def _exceptions_agree(cls, exceptions: list[ScheduleException]) -> list[ScheduleException]:
        open_ones: list[_Days] = []
        for days in sorted(map(_Days.of, exceptions), key=lambda days: days.first):
            # What ended earlier than the day before can meet neither this one nor a later one.
            open_ones = [one for one in open_ones if one.last >= days.first - 1]
            if len(open_ones) >= ENTRIES_A_DAY:
                raise ValueError(f"{days.name} has more than {ENTRIES_A_DAY} entries")
            for one in open_ones:
                one.check_beside(days)
            open_ones.append(days)
        return exceptions


class Schedule(ScheduleBody):
    """A provider's schedule as it was put."""

    version: int


class ScheduleConflict(WireModel):
    """A slot that the schedule lacks but that somebody has: held, or booked for an appointment."""

    slot_id: Id
    appointment_id: Id | None = None
    start: Instant


class Conflicts(WireModel):
    """What stays although the schedule lacks it."""

    conflicts: list[ScheduleConflict] = Field(description="By time; the first 1000.")
    conflicts_total: int | None = Field(default=None, description="When there are more than that.")


class PutResult(Schedule, Conflicts):
    """A provider's schedule as it was put, and what stays although the schedule lacks it."""


class ScheduleEffect(Conflicts):
    """What a schedule would do: how many slots it would withdraw and publish."""

    withdraws: int
    publishes: int


class Laid(WireModel):
    """What stays in calendars that were laid out again; absent when none was."""

    conflicts: list[ScheduleConflict] | None = None
    conflicts_total: int | None = Field(
        default=None, description="When there are more than listed."
    )


class ChangedProvider(Provider, Laid):
    """A changed provider; with `conflicts` when the slots to come were laid out again."""


class ChangedService(Service, Laid):
    """A changed service; with `conflicts` when slots to come were laid out again."""


class GenerateRequest(KeyedRequest):
    """The days to publish, both included, in the provider's time zone; 366 at most. Hours belong to
    the day on which they begin."""

    from_: Day = Field(alias="from")
    to: Day


class SkippedSlot(WireModel):
    """A slot that the schedule asks for but that was not published."""

    start: str = Field(
        description="What clocks in the provider's time zone show then, or would show.",
        examples=["2026-03-29T02:30:00"],
    )
    reason: Literal[
        "past", "overlap", "deleted", "calendar", "dst_gap", "dst_change", "not_offered"
    ] = Field(
        description=(
            "`past`: it has begun. `overlap`: another slot is in the way. `deleted`: staff took "
            "it away. `calendar`: the provider is busy then by a calendar outside. `dst_gap`: that "
            "local time does not exist. `dst_change`: the clocks change within it. `not_offered`: "
            "the facility or service is no longer the provider's."
        )
    )


class Generated(WireModel):
    """What became of the slots that the schedule asks for."""

    created: int
    existing: int
    skipped: list[SkippedSlot] = Field(description="By time; the first 1000.")


@dataclass(frozen=True, slots=True)
class _Days:
    """The days of an exception, as numbers, and its hours in minutes; None when closed."""

    first: int
    last: int
    hours: tuple[int, int] | None

    @classmethod
    def of(cls, entry: ScheduleException) -> "_Days":
        first, last = entry.date or entry.from_, entry.date or entry.to
        assert first is not None and last is not None
        hours = span_of(entry.start, entry.end) if entry.start and entry.end else None
        return cls(first.toordinal(), last.toordinal(), hours)

    @property
    def name(self) -> str:
        return date.fromordinal(self.first).isoformat()

    def check_beside(self, later: "_Days") -> None:
        """Refuse what contradicts another exception that begins on the same day or later."""
        if later.first <= self.last and (self.hours is None or later.hours is None):
            raise ValueError(f"{later.name} is closed, but has another entry")
        if self.hours is None or later.hours is None:
            return
        # The same day, and a night that meets the hours of the next one: on either side.
        for distance in (-1, 0, 1):
            is_met = self.first + distance <= later.last and later.first <= self.last + distance
            start, end = (minute + distance * DAY for minute in later.hours)
            if is_met and start < self.hours[1] and self.hours[0] < end:
                raise ValueError(f"hours of {later.name} overlap")


def _check_length(start: str, end: str) -> None:
    if minute_of_day(end) % DAY == minute_of_day(start) and end != "24:00":
        raise ValueError("end must differ from start; a whole day is 00:00 to 24:00")
