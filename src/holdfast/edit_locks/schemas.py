"""Wire models of edit locks (SPEC 4.6)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import Id, Instant, Integer, WireModel

Coordinate = Annotated[float, Field(ge=-1_000_000, le=1_000_000, allow_inf_nan=False)]
MAXIMUM_VERSION = 2**31 - 1
Version = Annotated[Integer, Field(ge=0, le=MAXIMUM_VERSION)]


class Position(WireModel):
    """Where a user's cursor is, in the editor's own units."""

    x: Coordinate
    y: Coordinate


class AcquireRequest(KeyedRequest):
    """The version you expect (0: never locked) and where your cursor is."""

    expected_version: Version | None = None
    position: Position | None = None


class ReleaseRequest(WireModel):
    """The version you expect."""

    expected_version: Version | None = None


class UserInfo(WireModel):
    """Who holds the lock; the e-mail address is for staff only."""

    name: str
    email: str | None = None
    position: Position | None = None


class EditLock(WireModel):
    """The right to edit an appointment; `version` is a fencing token."""

    appointment_id: Id
    user_id: Id
    user_info: UserInfo
    created_at: Instant
    expires_at: Instant
    version: int


class Granted(WireModel):
    """The lock is yours."""

    success: Literal[True]
    message: str
    lock: EditLock


class Released(WireModel):
    """The lock is nobody's."""

    success: Literal[True]
    message: str


class LockStatus(WireModel):
    """How the edit lock stands for the caller."""

    state: Literal["unlocked", "locked_by_user", "locked_by_other", "expired", "conflict"]
    lock: EditLock | None = None


class LockHistoryEntry(WireModel):
    """Something that happened to an edit lock."""

    id: Id
    appointment_id: Id
    user_id: Id
    user_name: str
    user_email: str | None
    action: Literal["acquired", "renewed", "released", "expired", "force_released", "taken_over"]
    timestamp: Instant
    duration_seconds: int | None
    released_by: Id | None
    lock_version: int
    metadata: dict[str, Any]


class LockStatistics(WireModel):
    """Counts over one appointment's edit locks."""

    total_acquisitions: int
    total_renewals: int
    total_releases: int
    total_expired: int
    total_force_releases: int
    total_take_overs: int
    average_duration_seconds: float
    unique_users: int


class DayUse(WireModel):
    """Edit locks on one day, in the time zone of the answer."""

    day: str
    acquisitions: int
    expired: int


class UserUse(WireModel):
    """Edit locks of one user."""

    user_id: Id
    user_name: str
    acquisitions: int
    average_duration_seconds: float


class LockAnalytics(LockStatistics):
    """The use of edit locks in a period."""

    from_: Instant = Field(alias="from")
    to: Instant
    timezone: str = Field(description="In whose days: the facility's, of several the first one's.")
    held_now: int
    by_day: list[DayUse]
    by_user: list[UserUse]
