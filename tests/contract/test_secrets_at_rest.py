"""Nothing secret at rest: every secret that the API gives or takes, and then a look everywhere.

A real server with mail; each route that gives or takes a secret is used, with idempotency keys and
replays, with wrong secrets, and on the way of an unexpected error. Afterwards none of the secrets
may be in a row of a table, in a log, or in any of the files that PostgreSQL has written.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from psycopg import sql

from holdfast.notifications.links import Links
from tests.contract.calendar import CALENDAR_NETWORK, calendar_url
from tests.contract.document import operations_with_secrets
from tests.support.make import SECRET_KEY, Make, Place, User
from tests.support.server import Server
from tests.support.smtp import SmtpThread

FIRST_PASSWORD = "planted first password"
LATER_PASSWORD = "planted later password"
WRONG_PASSWORD = "planted wrong password"


class Planter:
    """Calls the API and remembers the secrets that went over the wire."""

    def __init__(self, url: str, make: Make) -> None:
        self.client = httpx.Client(base_url=f"{url}/api/v1", timeout=30)
        self.make = make
        self.secrets: dict[str, str] = {}
        self.called: set[tuple[str, str]] = set()

    def plant(self, name: str, value: str) -> str:
        self.secrets[f"{name} ({len(self.secrets)})"] = value
        return value

    def call(
        self, method: str, path: str, status: int, *, user: User | None = None, **kwargs: Any
    ) -> httpx.Response:
        headers = {**(user.auth if user else {}), **kwargs.pop("headers", {})}
        if user is not None and user.token not in self.secrets.values():
            self.plant("access token", user.token)
        answer = self.client.request(method, path, headers=headers, **kwargs)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        self.called.add((method, answer.request.url.path.removeprefix("/api/v1")))
        return answer

    def keyed(self, path: str, status: int, **kwargs: Any) -> httpx.Response:
        """A POST with an idempotency key, sent twice: the second answer is the first one."""
        headers = {"Idempotency-Key": uuid4().hex}
        first = self.call("POST", path, status, headers=headers, **kwargs)
        again = self.call("POST", path, status, headers=headers, **kwargs)
        assert again.headers["idempotency-replayed"] == "true"
        assert again.content == first.content
        assert again.headers.get("location") == first.headers.get("location")
        return first


@contextmanager
def planter(server: Server) -> Iterator[Planter]:
    with closing(Make(server.owner_url)) as make:
        made = Planter(server.url, make)
        with made.client:
            yield made


def plant_accounts(p: Planter, mails: SmtpThread) -> None:
    email = "planted@example.test"
    p.plant("password", FIRST_PASSWORD)
    p.plant("password", LATER_PASSWORD)
    p.plant("wrong password", WRONG_PASSWORD)
    body = {"email": email, "password": FIRST_PASSWORD, "name": "Planted"}
    key = {"Idempotency-Key": uuid4().hex}
    signed_up = p.call("POST", "/auth/signup", 201, json=body, headers=key).json()
    plant_tokens(p, signed_up)
    p.call("POST", "/auth/signup", 409, json=body)
    p.call("POST", "/auth/signin", 401, json={"email": email, "password": WRONG_PASSWORD})
    credentials_ = {"email": email, "password": FIRST_PASSWORD}
    signed_in = p.call("POST", "/auth/signin", 200, json=credentials_, headers=key).json()
    plant_tokens(p, signed_in)
    renewed = p.call(
        "POST", "/auth/refresh", 200, json={"refreshToken": signed_in["refreshToken"]}
    ).json()
    plant_tokens(p, renewed)
    bearer = {"Authorization": f"Bearer {renewed['accessToken']}"}
    p.call("GET", "/auth/me", 200, headers=bearer)
    p.call("GET", "/auth/me", 401, headers={"Authorization": p.plant("no token", uuid4().hex)})

    p.call("POST", "/auth/session", 200, json=credentials_)
    (cookie,) = p.client.cookies.jar
    assert cookie.value is not None
    p.plant("session", cookie.value)
    p.call("GET", "/auth/session", 200)
    p.call("DELETE", "/auth/session", 204)
    p.client.cookies.clear()
    signout = {"refreshToken": renewed["refreshToken"]}
    p.call("POST", "/auth/signout", 204, json=signout, headers={**bearer, **key})

    p.call("POST", "/auth/password-reset-request", 202, json={"email": email})
    link = re.search(r"token=([\w-]+)", mails.next_text("token="))
    assert link is not None
    reset = p.plant("reset token", link[1])
    wrong = p.plant("wrong reset token", "planted" + uuid4().hex)
    new = {"password": LATER_PASSWORD}
    p.call("POST", "/auth/password-reset", 422, json={"token": wrong, **new})
    p.call("POST", "/auth/password-reset", 204, json={"token": reset, **new}, headers=key)

    later = {"email": email, "password": LATER_PASSWORD}
    again = p.call("POST", "/auth/signin", 200, json=later).json()
    plant_tokens(p, again)
    last = p.plant("last password", "planted last " + uuid4().hex)
    changed = {"current": LATER_PASSWORD, "new": last}
    bearer = {"Authorization": f"Bearer {again['accessToken']}"}
    p.call("POST", "/auth/password", 204, json=changed, headers={**bearer, **key})

    made_by_admin = p.plant("password given by an administrator", "planted " + uuid4().hex)
    new_user = {"email": "b@example.test", "password": made_by_admin, "name": "B", "role": "client"}
    p.keyed("/users", 201, user=p.make.admin(), json=new_user)


def plant_tokens(p: Planter, answer: dict[str, Any]) -> None:
    p.plant("access token", answer["accessToken"])
    p.plant("refresh token", answer["refreshToken"])


def plant_bookings(p: Planter) -> None:
    place, client = p.make.place(), p.make.client()
    staff = p.make.operator()
    slots = p.make.slots(place, 6)

    def reserve(slot: Any, user: User = client, **more: Any) -> str:
        answer = p.keyed("/reservations", 201, user=user, json=wanted(place, slot, **more))
        return p.plant("reservation", answer.json()["reservationToken"])

    first, second, third = [reserve(slot) for slot in slots[:3]]
    p.call("GET", f"/reservations/{first}", 200, user=client)
    p.keyed(f"/reservations/{first}/extend", 200, user=client)
    booking = {"reservationToken": first}
    appointment = p.keyed("/appointments", 201, user=client, json=booking).json()
    path = f"/appointments/{appointment['id']}"
    p.keyed(f"{path}/reschedule", 200, user=client, json={"reservationToken": second})
    p.call("DELETE", f"/reservations/{third}", 204, user=client)
    p.call("POST", f"/reservations/{third}/extend", 404, user=client)
    p.call("DELETE", f"/reservations/{first}", 410, user=client)
    reserve(slots[3], staff, userId=str(p.make.client().id))
    # Without a key, and for the second time.
    unkeyed = p.call("POST", "/reservations", 201, user=client, json=wanted(place, slots[4]))
    p.plant("reservation", unkeyed.json()["reservationToken"])

    for user in (client, staff):
        share = p.keyed(f"{path}/share", 201, user=user).json()
        secret = p.plant("share", share["secret"])
        p.call("GET", f"/shared/{secret}", 200)
        p.call("POST", f"/shared/{secret}", 405)
        p.call("DELETE", f"{path}/share/{share['id']}", 204, user=user)
        p.call("GET", f"/shared/{secret}", 404)
    p.call("GET", f"/shared/{p.plant('unknown share', uuid4().hex)}", 404)
    plant_feeds(p, client)
    plant_link(p, client, appointment, slots[5])


def plant_link(p: Planter, client: User, appointment: dict[str, Any], free: Any) -> None:
    """The end of a mail's link."""
    url = Links("", [SECRET_KEY]).manage_url(
        UUID(appointment["id"]), client.id, 1, datetime.fromisoformat(appointment["end"])
    )
    token = p.plant("link", url.rpartition("/")[2])
    p.call("GET", f"/manage/{token}", 200)
    p.call("POST", f"/manage/{token}/confirm-attendance", 200)
    p.keyed(f"/manage/{token}/reschedule", 200, json={"timeslotId": str(free)})
    p.keyed(f"/manage/{token}/cancel", 200, json={})


def plant_webhooks(p: Planter) -> None:
    """What an endpoint's signatures are made with, new and old."""
    admin = p.make.admin()
    body = {"url": "https://example.com/hook", "types": ["booking.*"]}
    made = p.keyed("/webhook-endpoints", 201, user=admin, json=body).json()
    p.plant("webhook secret", made["secret"])
    path = f"/webhook-endpoints/{made['id']}/rotate-secret"
    p.plant("new webhook secret", p.keyed(path, 200, user=admin, json={}).json()["secret"])


def plant_calendars(p: Planter) -> None:
    """The password of a calendar, the first one and the next."""
    path = f"/providers/{p.make.place().provider_id}/calendar-connections"
    body = {
        "url": calendar_url(),
        "username": "kim",
        "password": p.plant("calendar password", uuid4().hex),
    }
    admin = p.make.admin()
    made = p.keyed(path, 201, user=admin, json=body).json()
    change = {"password": p.plant("new calendar password", uuid4().hex), "version": 1}
    p.call("PATCH", f"{path}/{made['id']}", 200, user=admin, json=change)


def wanted(place: Place, slot: Any, **more: Any) -> dict[str, Any]:
    names = {"providerId": place.provider_id, "serviceId": place.service_id, "timeslotId": slot}
    return {name: str(value) for name, value in names.items()} | more


def plant_feeds(p: Planter, client: User) -> None:
    feed = p.keyed("/calendar-feeds", 201, user=client, json={"detail": "full"}).json()
    secret = p.plant("feed", feed["url"].rpartition("/")[2].removesuffix(".ics"))
    p.call("GET", f"/feeds/{secret}.ics", 200)
    p.call("POST", f"/feeds/{secret}.ics", 405, user=client)
    p.call("DELETE", f"/calendar-feeds/{feed['id']}", 204, user=client)
    p.call("GET", f"/feeds/{secret}.ics", 404)


def plant_bugs(p: Planter) -> None:
    """Secrets in requests that fail by a bug, which is logged."""
    client, place = p.make.client(), p.make.place()
    body = wanted(place, p.make.slot(place))
    token = p.call("POST", "/reservations", 201, user=client, json=body).json()["reservationToken"]
    p.plant("reservation", token)
    p.make.db.execute("ALTER TABLE reservations RENAME TO reservations_away")
    p.make.db.execute("ALTER TABLE appointment_shares RENAME TO appointment_shares_away")
    p.make.db.execute("ALTER TABLE calendar_feeds RENAME TO calendar_feeds_away")
    for method, path in (
        ("GET", f"/reservations/{token}"),
        ("POST", f"/reservations/{token}/extend"),
        ("DELETE", f"/reservations/{token}"),
        ("GET", f"/shared/{p.plant('share', uuid4().hex)}"),
        ("GET", f"/feeds/{p.plant('feed', uuid4().hex)}.ics"),
    ):
        p.call(method, path, 500, user=client)
    p.make.db.execute("ALTER TABLE reservations_away RENAME TO reservations")
    p.make.db.execute("ALTER TABLE appointment_shares_away RENAME TO appointment_shares")
    p.make.db.execute("ALTER TABLE calendar_feeds_away RENAME TO calendar_feeds")


def forms(secret: str) -> set[bytes]:
    """How a secret may be written down: as it is, its bytes, in hexadecimal digits or base64."""
    raw = {secret.encode()}
    try:
        # A token's own bytes. The id in a reservation's token is none of its secrets.
        decoded = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
        raw.add(decoded[16:] if len(decoded) == 32 else decoded)
    except (binascii.Error, ValueError):
        pass
    raw = {form for form in raw if len(form) >= 12}
    return raw | {f.hex().encode() for f in raw} | {base64.b64encode(f)[:-4] for f in raw}


def rows(url: str) -> Iterator[tuple[str, bytes]]:
    """Every row of every table as text; bytes come in hexadecimal digits."""
    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, name in [*tables, ("pg_catalog", "pg_stat_activity")]:
            table = sql.Identifier(schema, name)
            for (row,) in connection.execute(sql.SQL("SELECT t::text FROM {} AS t").format(table)):
                yield f"{schema}.{name}", row.encode()


def files(data_dir: Path) -> Iterator[tuple[str, bytes]]:
    """What lies in the data directory but for the server's own secrets: tables with their dead
    rows, the write-ahead log, what PostgreSQL says."""
    for path in sorted(data_dir.rglob("*")):
        if path.is_file() and path.name not in ("credentials.json", "secret_key"):
            yield str(path.relative_to(data_dir)), path.read_bytes()


@pytest.mark.timeout(120)
def test_no_secret_is_kept_anywhere(tmp_path: Path) -> None:
    with SmtpThread() as mails:
        env = {"HOLDFAST_SMTP_URL": mails.url, "HOLDFAST_OUTBOUND_ALLOW": CALENDAR_NETWORK}
        with Server(tmp_path, env=env) as server, planter(server) as p:
            plant_accounts(p, mails)
            plant_bookings(p)
            plant_webhooks(p)
            plant_calendars(p)
            plant_bugs(p)
            document = p.client.get("/openapi.json").json()
            kept = list(rows(server.superuser_url))
            assert server.stop() == 0
        kept += [("the server's output", server.output.encode()), *files(server.data_dir)]

    left_out = {
        f"{method} {template}"
        for method, template in operations_with_secrets(document)
        if not any(
            m == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
            for m, path in p.called
        )
    }
    assert not left_out, "these give or take a secret: plant theirs, too"

    found = {
        f"{name} in {where}"
        for name, secret in p.secrets.items()
        for form in forms(secret)
        for where, text in kept
        if form in text
    }
    assert not found
    assert len(p.secrets) > 25
    assert any(where == "public.idempotency_records" for where, _ in kept)
    assert b"unhandled error in GET" in server.output.encode()
