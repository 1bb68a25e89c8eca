"""Fresh objects for one request: whatever an operation of the API may be about."""

import secrets
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, LiteralString
from uuid import UUID, uuid4

from holdfast.channels.phones.codes import code_hashes
from holdfast.http.auth import secret_hash
from holdfast.http.sealing import Seal
from holdfast.http.tokens import Tokens
from holdfast.kernel.actor import Role
from holdfast.kernel.ids import new_id
from holdfast.notifications.links import Links
from tests.contract.calendar import calendar_url
from tests.deliveries.phones.people import SETTINGS, with_browser, with_phone
from tests.support.make import SECRET_KEY, Make, Place, User, soon
from tests.support.passwords import PASSWORD, password_hash

CALLERS = ("anonymous", "client", "stranger", "desk", "foreign", "provider", "admin")

INSERT_APPOINTMENT: LiteralString = """
INSERT INTO appointments (id, user_id, provider_id, facility_id, service_id, slot_id, start_at,
    end_at, status, price_cents, currency, free_until_hours, late_fee_percent, no_show_fee_cents)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 5000, 'EUR', 24, 50, 5000)
"""


class Scene:
    """A provider's calendar and the people around it, made only as far as it is looked at.

    The callers are: `anonymous`; `client`, whom everything is about; `stranger`, another client;
    `desk`, an operator for all; `foreign`, an operator who is another provider; `provider`, the
    operator who is this provider; `admin`.
    """

    # An integrity check.
    check = "slot_states"

    def __init__(self, make: Make, caller: str) -> None:
        assert caller in CALLERS
        self.make = make
        self.caller_name = caller
        self._tokens = Tokens(SECRET_KEY)

    @property
    def caller(self) -> User | None:
        return None if self.caller_name == "anonymous" else getattr(self, self.caller_name)

    # People

    @cached_property
    def client(self) -> User:
        return self._user("client")

    @cached_property
    def stranger(self) -> User:
        return self._user("client")

    @cached_property
    def desk(self) -> User:
        return self._user("operator")

    @cached_property
    def foreign(self) -> User:
        return self._user("operator", self.make.place().provider_id)

    @cached_property
    def provider(self) -> User:
        return self._user("operator", self.place.provider_id)

    @cached_property
    def admin(self) -> User:
        return self._user("admin")

    def _user(self, role: Role, provider_id: UUID | None = None) -> User:
        return self.make.user(role, provider_id=provider_id, password_hash=password_hash())

    @cached_property
    def session_id(self) -> UUID:
        return self.make.sign_in(self.client.id)

    @property
    def user_id(self) -> UUID:
        return self.client.id

    @property
    def credentials(self) -> dict[str, str]:
        return {"email": self.client.email, "password": PASSWORD}

    @property
    def new_email(self) -> str:
        return f"{uuid4().hex}@example.test"

    @cached_property
    def refresh_token(self) -> str:
        secret = secrets.token_urlsafe(32)
        self.make.db.execute(
            "INSERT INTO refresh_tokens (id, family_id, user_id, token_hash, expires_at) "
            "VALUES (%s, %s, %s, %s, now() + interval '1 day')",
            [new_id(), self.make.sign_in(self.client.id), self.client.id, secret_hash(secret)],
        )
        return secret

    @cached_property
    def reset_token(self) -> str:
        secret = secrets.token_urlsafe(32)
        self.make.db.execute(
            "INSERT INTO password_resets (secret_hash, user_id, expires_at) "
            "VALUES (%s, %s, now() + interval '1 day')",
            [secret_hash(secret), self.client.id],
        )
        return secret

    @cached_property
    def phoned_id(self) -> UUID:
        """The client, who has a telephone."""
        return with_phone(self.make, f"+4917155{secrets.randbelow(10**5):05d}", self.client).id

    @cached_property
    def phone_code(self) -> str:
        """What was sent there."""
        self.make.db.execute(
            "INSERT INTO channel_addresses "
            "(user_id, channel, address, state, code_hash, code_until) "
            "SELECT id, 'sms', phone_e164, 'unverified', %s, now() + interval '10 minutes' "
            "FROM users WHERE id = %s",
            [code_hashes(SETTINGS, self.phoned_id, "123456")[0], self.phoned_id],
        )
        return "123456"

    @cached_property
    def subscription_id(self) -> UUID:
        """Of the client's browser."""
        return with_browser(self.make, self.client)

    # The catalogue

    @cached_property
    def place(self) -> Place:
        return self.make.place()

    @property
    def provider_id(self) -> UUID:
        return self.place.provider_id

    @property
    def facility_id(self) -> UUID:
        return self.place.facility_id

    @property
    def service_id(self) -> UUID:
        return self.place.service_id

    @property
    def schedule(self) -> dict[str, Any]:
        day = {"start": "09:00", "end": "12:00"}
        return {
            "weekly": [{"weekday": 1, "facilityId": str(self.facility_id), **day}],
            "slotMinutes": 30,
        }

    @cached_property
    def scheduled_id(self) -> UUID:
        """The provider, who has a schedule."""
        self.make.db.execute(
            "INSERT INTO schedules (provider_id, slot_minutes) VALUES (%s, 30) "
            "ON CONFLICT DO NOTHING",
            [self.provider_id],
        )
        return self.provider_id

    # Messages

    purpose, channel, locale = "confirmed", "email", "de"
    words: ClassVar = {"subject": "Termin", "text": "Bis bald, {{ client.name }}."}

    @cached_property
    def saved_locale(self) -> str:
        """A locale in which the house has its own words."""
        self.make.db.execute(
            "INSERT INTO message_templates (purpose, channel, locale, subject, text) "
            "VALUES ('confirmed', 'email', 'fr', 'Bonjour', 'Bonjour') "
            "ON CONFLICT ON CONSTRAINT message_templates_key DO UPDATE SET version = 1"
        )
        return "fr"

    # The calendar

    @cached_property
    def start(self) -> datetime:
        return soon(days=3)

    @cached_property
    def slot_id(self) -> UUID:
        """Free, an hour long."""
        return self.make.slot(self.place, self.start, minutes=60)

    @cached_property
    def reservation(self) -> UUID:
        """The client's, of the slot."""
        reservation_id = new_id()
        with self.make.db.transaction():
            self.make.db.execute(
                "INSERT INTO reservations (id, slot_id, provider_id, service_id, user_id, "
                "created_by, ttl_seconds, expires_at, price_cents, currency, duration_minutes, "
                "free_until_hours, no_show_fee_cents) "
                "VALUES (%s, %s, %s, %s, %s, %s, 120, now() + interval '2 minutes', "
                "5000, 'EUR', 30, 24, 5000)",
                [
                    reservation_id,
                    self.slot_id,
                    self.provider_id,
                    self.service_id,
                    self.client.id,
                    self.client.id,
                ],
            )
            self.make.db.execute(
                "UPDATE slots SET status = 'held', held_until = now() + interval '2 minutes', "
                "reservation_id = %s WHERE id = %s",
                [reservation_id, self.slot_id],
            )
        return reservation_id

    @property
    def token(self) -> str:
        return self._tokens.reservation_token(self.reservation)

    @property
    def direct(self) -> dict[str, str]:
        """A body that books the slot directly, for the client."""
        assert self.slot_id
        return {
            "userId": str(self.client.id),
            "providerId": str(self.provider_id),
            "serviceId": str(self.service_id),
            "start": self.start.isoformat(),
        }

    @property
    def link(self) -> str:
        """The end of a mail's link to the appointment."""
        row = self.make.one("SELECT end_at FROM appointments WHERE id = %s", self.appointment_id)
        url = Links("", [SECRET_KEY]).manage_url(
            self.appointment_id, self.client.id, 1, row["end_at"]
        )
        return url.rpartition("/")[2]

    def _book(self, start: datetime) -> UUID:
        appointment_id = new_id()
        slot_id = self.make.slot(self.place, start, minutes=60)
        with self.make.db.transaction():
            self._insert(appointment_id, slot_id, start, "confirmed")
            self.make.db.execute(
                "UPDATE slots SET status = 'booked', appointment_id = %s WHERE id = %s",
                [appointment_id, slot_id],
            )
        return appointment_id

    def _insert(
        self, appointment_id: UUID, slot_id: UUID | None, start: datetime, status: str
    ) -> None:
        self.make.db.execute(
            INSERT_APPOINTMENT,
            [
                appointment_id,
                self.client.id,
                self.provider_id,
                self.facility_id,
                self.service_id,
                slot_id,
                start,
                start + timedelta(minutes=30),
                status,
            ],
        )

    @cached_property
    def appointment_id(self) -> UUID:
        """Confirmed, of the client's, in two days."""
        return self._book(soon(days=2))

    @cached_property
    def past_id(self) -> UUID:
        """Confirmed; it began yesterday."""
        return self._book(soon(days=-1))

    @cached_property
    def completed_id(self) -> UUID:
        """It was yesterday."""
        self.make.db.execute(
            "UPDATE appointments SET status = 'completed' WHERE id = %s", [self.past_id]
        )
        return self.past_id

    @cached_property
    def requested_id(self) -> UUID:
        """Waiting to be accepted into the slot."""
        appointment_id = new_id()
        self._insert(appointment_id, None, self.start, "requested")
        return appointment_id

    @cached_property
    def deleted_id(self) -> UUID:
        """Deleted, with its slot still free."""
        appointment_id = self.appointment_id
        with self.make.db.transaction():
            self.make.db.execute(
                "UPDATE appointments SET deleted_at = now() WHERE id = %s", [appointment_id]
            )
            self.make.db.execute(
                "UPDATE slots SET status = 'available', appointment_id = NULL "
                "WHERE appointment_id = %s",
                [appointment_id],
            )
        return appointment_id

    @cached_property
    def delivery_id(self) -> UUID:
        """A mail about the appointment that was sent to the client."""
        delivery_id = new_id()
        self.make.db.execute(
            "INSERT INTO deliveries (id, channel, purpose, lane, user_id, appointment_id, due_at, "
            "expires_at) VALUES (%s, 'email', 'confirmed', ensure_lane('smtp', 'email'), %s, %s, "
            "now(), now() + interval '1 day')",
            [delivery_id, self.client.id, self.appointment_id],
        )
        self.make.db.execute(
            "UPDATE deliveries SET state = 'suppressed', reason = 'not_configured', "
            "settled_at = now() WHERE id = %s",
            [delivery_id],
        )
        return delivery_id

    @cached_property
    def lane_id(self) -> str:
        """The mail server's."""
        self.make.db.execute("SELECT ensure_lane('smtp', 'email')")
        return "smtp"

    @cached_property
    def share_id(self) -> UUID:
        share_id = new_id()
        self.make.db.execute(
            "INSERT INTO appointment_shares (id, appointment_id, secret_hash, created_by) "
            "VALUES (%s, %s, %s, %s)",
            [share_id, self.appointment_id, secret_hash(self._share_secret), self.client.id],
        )
        return share_id

    @cached_property
    def _share_secret(self) -> str:
        return secrets.token_urlsafe(32)

    @property
    def secret(self) -> str:
        """Of the share."""
        assert self.share_id
        return self._share_secret

    # Calendars

    @cached_property
    def feed_id(self) -> UUID:
        """A feed of the client's."""
        feed_id = new_id()
        self.make.db.execute(
            "INSERT INTO calendar_feeds (id, user_id, detail, secret_hash) "
            "VALUES (%s, %s, 'full', %s)",
            [feed_id, self.client.id, secret_hash(self._share_secret)],
        )
        return feed_id

    @property
    def feed_secret(self) -> str:
        """Of the feed."""
        assert self.feed_id
        return self._share_secret

    # Outside the server

    @cached_property
    def endpoint_id(self) -> UUID:
        """A webhook endpoint, at an address that nobody may reach."""
        endpoint_id = new_id()
        sealed = Seal(SECRET_KEY, "webhook secrets").close_for(endpoint_id, b"whsec_c2VjcmV0")
        self.make.db.execute(
            "INSERT INTO webhook_endpoints (id, url, types, secret_sealed) "
            "VALUES (%s, 'https://127.0.0.1/hook', '{booking.*}', %s)",
            [endpoint_id, sealed],
        )
        self.make.db.execute("SELECT ensure_lane(%s, 'webhook')", [f"webhook:{endpoint_id}"])
        return endpoint_id

    @property
    def calendar_url(self) -> str:
        return calendar_url()

    @cached_property
    def connection_id(self) -> UUID:
        """The provider's calendar outside."""
        connection_id = new_id()
        sealed = Seal(SECRET_KEY, "calendar passwords").close_for(connection_id, b"secret")
        self.make.db.execute(
            "INSERT INTO calendar_connections "
            "(id, provider_id, url, username, password_sealed, push, busy) "
            "VALUES (%s, %s, 'https://127.0.0.1/calendar/', 'kim', %s, true, true)",
            [connection_id, self.provider_id, sealed],
        )
        self.make.db.execute("SELECT ensure_lane(%s, 'caldav')", [f"caldav:{connection_id}"])
        return connection_id

    @cached_property
    def locked_id(self) -> UUID:
        """The appointment, with its edit lock held by the caller (by the client for nobody)."""
        holder = self.caller or self.client
        self.make.db.execute(
            "INSERT INTO edit_locks (appointment_id, version, user_id, user_name, user_email, "
            "acquired_at, expires_at) VALUES (%s, 1, %s, %s, %s, now(), now() + interval '5 min') "
            "ON CONFLICT (appointment_id) DO UPDATE SET version = edit_locks.version + 1, "
            "user_id = excluded.user_id, user_name = excluded.user_name, "
            "user_email = excluded.user_email, acquired_at = excluded.acquired_at, "
            "expires_at = excluded.expires_at",
            [self.appointment_id, holder.id, holder.name, holder.email],
        )
        return self.appointment_id
