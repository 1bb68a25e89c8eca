"""Factories: rows that a test needs, made with as few words as possible.

They write as the schema's owner, past the API, so that a test of one thing does not depend on
another. Everything has a sensible default; name only what the test is about.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import LiteralString
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from holdfast.http.auth import secret_hash
from holdfast.http.tokens import Tokens
from holdfast.kernel.actor import Actor, Role
from holdfast.kernel.ids import new_id

SECRET_KEY = "a-secret-key-for-tests-that-is-long-enough"


def soon(hours: float = 0, *, days: float = 1) -> datetime:
    """A full hour at least `days` days ahead, plus `hours`."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return start + timedelta(hours=1 + hours, days=days)


@dataclass(frozen=True)
class User:
    """A user with a token that authenticates it."""

    id: UUID
    email: str
    name: str
    role: Role
    provider_id: UUID | None
    token: str

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def actor(self) -> Actor:
        return Actor(self.id, self.role, self.name, self.email, self.provider_id)


@dataclass(frozen=True)
class Place:
    """A provider who offers one service at one facility."""

    provider_id: UUID
    facility_id: UUID
    service_id: UUID


class Make:
    """The factories of one test database."""

    def __init__(self, owner_url: str) -> None:
        self.db = Connection[DictRow].connect(owner_url, autocommit=True, row_factory=dict_row)
        self._tokens = Tokens(SECRET_KEY)
        self._count = 0

    def close(self) -> None:
        self.db.close()

    def _next(self) -> int:
        self._count += 1
        return self._count

    def user(
        self,
        role: Role = "client",
        *,
        name: str | None = None,
        provider_id: UUID | None = None,
        password_hash: str = "x",
    ) -> User:
        number = self._next()
        user_id, email = new_id(), f"{role}{number}@example.test"
        name = name or f"{role.title()} {number}"
        self.db.execute(
            "INSERT INTO users (id, email, password_hash, role, name, provider_id, "
            "access_changed_at) VALUES (%s, %s, %s, %s, %s, %s, now() - interval '1 day')",
            [user_id, email, password_hash, role, name, provider_id],
        )
        actor = Actor(user_id, role, name, email, provider_id)
        token = self._tokens.access_token(actor, self.sign_in(user_id))
        return User(user_id, email, name, role, provider_id, token)

    def sign_in(self, user_id: UUID) -> UUID:
        """A sign-in of this user by tokens."""
        sign_in_id = new_id()
        self.db.execute(
            "INSERT INTO sign_ins (id, user_id, kind, expires_at) "
            "VALUES (%s, %s, 'tokens', now() + interval '30 days')",
            [sign_in_id, user_id],
        )
        return sign_in_id

    def session(self, user_id: UUID, secret: str) -> UUID:
        """A sign-in of this user by a cookie with this secret."""
        sign_in_id = new_id()
        self.db.execute(
            "INSERT INTO sign_ins (id, user_id, kind, secret_hash, expires_at) "
            "VALUES (%s, %s, 'cookie', %s, now() + interval '1 day')",
            [sign_in_id, user_id, secret_hash(secret)],
        )
        return sign_in_id

    def client(self, name: str | None = None) -> User:
        return self.user("client", name=name)

    def operator(self, provider_id: UUID | None = None) -> User:
        return self.user("operator", provider_id=provider_id)

    def admin(self) -> User:
        return self.user("admin")

    def facility(self, timezone: str = "Europe/Berlin") -> UUID:
        facility_id = new_id()
        self.db.execute(
            "INSERT INTO facilities (id, name, timezone) VALUES (%s, %s, %s)",
            [facility_id, f"Facility {self._next()}", timezone],
        )
        return facility_id

    def service(
        self,
        *,
        duration_minutes: int = 30,
        price_cents: int = 5000,
        free_until_hours: int = 24,
        late_fee_percent: int | None = 50,
        late_fee_cents: int | None = None,
        no_show_fee_cents: int = 5000,
    ) -> UUID:
        service_id = new_id()
        self.db.execute(
            "INSERT INTO services (id, title, duration_minutes, price_cents, currency, "
            "free_until_hours, late_fee_percent, late_fee_cents, no_show_fee_cents) "
            "VALUES (%s, %s, %s, %s, 'EUR', %s, %s, %s, %s)",
            [
                service_id,
                f"Service {self._next()}",
                duration_minutes,
                price_cents,
                free_until_hours,
                late_fee_percent,
                late_fee_cents,
                no_show_fee_cents,
            ],
        )
        return service_id

    def place(
        self,
        *,
        timezone: str = "Europe/Berlin",
        service_id: UUID | None = None,
        facility_id: UUID | None = None,
    ) -> Place:
        provider_id = new_id()
        place = Place(
            provider_id, facility_id or self.facility(timezone), service_id or self.service()
        )
        self.db.execute(
            "INSERT INTO providers (id, name, timezone) VALUES (%s, %s, %s)",
            [provider_id, f"Provider {self._next()}", timezone],
        )
        self.db.execute(
            "INSERT INTO provider_facilities VALUES (%s, %s)", [provider_id, place.facility_id]
        )
        self.db.execute(
            "INSERT INTO provider_services VALUES (%s, %s)", [provider_id, place.service_id]
        )
        return place

    def slot(
        self,
        place: Place,
        start: datetime | None = None,
        *,
        minutes: int = 30,
        status: str = "available",
    ) -> UUID:
        slot_id, start = new_id(), start or soon()
        self.db.execute(
            "INSERT INTO slots (id, provider_id, facility_id, start_at, end_at, status) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            [
                slot_id,
                place.provider_id,
                place.facility_id,
                start,
                start + timedelta(minutes=minutes),
                status,
            ],
        )
        return slot_id

    def slots(self, place: Place, count: int, start: datetime | None = None) -> list[UUID]:
        """Adjacent half-hour slots."""
        first = start or soon()
        return [self.slot(place, first + timedelta(minutes=30 * number)) for number in range(count)]

    def appointment(self, user: User, place: Place, slot_id: UUID) -> UUID:
        """A slot reserved and booked, by the database functions that the API calls."""
        reservation_id, appointment_id = new_id(), new_id()
        actor = user.actor.as_parameter()
        reserved = self.one(
            "SELECT outcome FROM reserve_slot(%s, %s, %s, %s, %s, %s, 120, 3)",
            actor,
            reservation_id,
            slot_id,
            place.provider_id,
            place.service_id,
            user.id,
        )
        booked = self.one(
            "SELECT outcome FROM book_reservation(%s, %s, %s, 'normal', NULL)",
            actor,
            appointment_id,
            reservation_id,
        )
        assert (reserved["outcome"], booked["outcome"]) == ("reserved", "booked")
        return appointment_id

    def begin(self, appointment_id: object, *, minutes_ago: float = 10) -> None:
        """Let an appointment's start come, as if time had passed; its slot moves along."""
        start = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        with self.db.transaction():
            self.db.execute(
                "UPDATE slots AS s SET start_at = %s + (s.start_at - a.start_at), "
                "end_at = %s + (s.end_at - a.start_at) FROM appointments AS a "
                "WHERE a.id = %s AND s.id = a.slot_id",
                [start, start, appointment_id],
            )
            self.db.execute(
                "UPDATE appointments SET start_at = %s, end_at = %s + (end_at - start_at) "
                "WHERE id = %s",
                [start, start, appointment_id],
            )

    def expire(self, slot_id: UUID) -> None:
        """Let the slot's hold run out, as if its time had passed."""
        past = datetime.now(UTC) - timedelta(minutes=1)
        with self.db.transaction():
            self.db.execute(
                "UPDATE reservations SET created_at = %s - interval '1 hour', expires_at = %s "
                "WHERE slot_id = %s AND status = 'live'",
                [past, past, slot_id],
            )
            self.db.execute(
                "UPDATE slots SET held_until = %s WHERE id = %s AND status = 'held'",
                [past, slot_id],
            )

    def one(self, query: LiteralString, *parameters: object) -> DictRow:
        """The first row of a query; fails when there is none."""
        row = self.db.execute(query, parameters).fetchone()
        assert row is not None, query
        return row

    def all(self, query: LiteralString, *parameters: object) -> list[DictRow]:
        return self.db.execute(query, parameters).fetchall()
