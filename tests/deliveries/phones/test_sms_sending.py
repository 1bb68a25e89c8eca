"""SMS leave by a gateway as Twilio's own program would post them (SPEC-deliveries §3)."""

import base64
import logging
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from tests.concurrency.support import eventually
from tests.deliveries.phones.people import NUMBER, known_of, with_phone, with_verified_phone
from tests.deliveries.phones.services import SILENCE, Service
from tests.support.api import Api
from tests.support.make import Make, User

CALLBACK = "https://holdfast.test/api/v1/webhooks/notifications"


class Recorder(HttpClient):
    """What twilio's package would send."""

    def __init__(self) -> None:
        super().__init__(logging.getLogger("twilio"), False)
        self.sent: dict[str, Any] = {}

    def request(self, method: str, url: str, **more: Any) -> Response:  # type: ignore[override]
        self.sent = {"method": method, "url": url, **more}
        return Response(201, '{"sid": "SM1", "account_sid": "AC1"}')


def message(make: Make, user: User, purpose: str = "test") -> UUID:
    row = make.one(
        "INSERT INTO deliveries (id, channel, purpose, lane, user_id, due_at, expires_at) "
        "VALUES (new_uuid_v7(), 'sms', %s, ensure_lane('sms', 'sms'), %s, clock_timestamp(), "
        "clock_timestamp() + interval '1 hour') RETURNING id",
        purpose,
        user.id,
    )
    return row["id"]


async def settled(make: Make, id: UUID, *states: str) -> Mapping[str, Any]:
    async def is_there() -> bool:
        row = make.one("SELECT state FROM deliveries WHERE id = %s", id)
        return row["state"] in states

    await eventually(is_there, f"the message is {' or '.join(states)}")
    return make.one(
        "SELECT d.*, a.outcome, a.code, a.excerpt FROM deliveries AS d "
        "LEFT JOIN delivery_attempts AS a ON a.delivery_id = d.id WHERE d.id = %s",
        id,
    )


async def test_a_code_arrives_and_proves_the_number(working: Api, make: Make, sms: Service) -> None:
    user = with_phone(make)
    path = f"/users/{user.id}/phone-verification"
    assert (await working.post(path, user, json={})).status_code == 202
    [asked] = await sms.came(1)
    assert asked.form["To"] == NUMBER
    [code] = re.findall(r"\b\d{6}\b", asked.form["Body"])
    assert (await working.put(path, user, json={"code": code})).json() == {"state": "verified"}
    row = make.one("SELECT id FROM deliveries")
    sent = await settled(make, row["id"], "sent")
    assert (sent["receipt_id"], sent["sealed"]) == ("SM0123456789abcdef", None)
    assert code not in str(make.all("SELECT a::text FROM delivery_attempts AS a"))


async def test_the_post_is_the_one_that_twilios_package_makes(
    working: Api, make: Make, sms: Service
) -> None:
    recorder = Recorder()
    client = Client("AC1", "to:ken", http_client=recorder)
    message(make, with_verified_phone(make))
    [asked] = await sms.came(1)
    client.messages.create(
        to=NUMBER, from_="+4930123", body=asked.form["Body"], status_callback=CALLBACK
    )
    assert asked.form == recorder.sent["data"]
    user, password = recorder.sent["auth"]
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    assert asked.headers["Authorization"] == f"Basic {pair}"
    assert asked.path == "/Accounts/AC1/Messages.json?x=1"
    assert asked.headers["Content-Type"] == recorder.sent["headers"]["Content-Type"]


async def test_a_booking_is_told_to_who_wants_it(working: Api, make: Make, sms: Service) -> None:
    user, place = with_verified_phone(make), make.place()
    make.db.execute(
        "INSERT INTO notification_settings (user_id, settings) "
        """VALUES (%s, '{"sms": {"changes": true}, "locale": "de"}')""",
        [user.id],
    )
    booked = await working.booked(user, place, make.slot(place))
    [asked] = await sms.came(1)
    assert "bestätigt" in asked.form["Body"]
    assert "https://holdfast.test/m/" in asked.form["Body"]
    assert booked["status"] == "confirmed"


ANSWERS = [
    ((200, {}, {"sid": "X"}), "sent", "sent", False),
    ((201, {}, "no document"), "sent", "sent", False),
    (
        (400, {}, {"code": 21211, "message": f"'To' {NUMBER} is not valid"}),
        "dead",
        "refused",
        False,
    ),
    ((401, {}, {"code": 20003, "message": "Authenticate"}), "dead", "refused", False),
    ((429, {"Retry-After": "600"}, {}), "pending", "failed", False),
    ((503, {"Retry-After": "600"}, {}), "pending", "failed", False),
    ((302, {"Location": "/elsewhere"}, {}), "pending", "failed", False),
    ((400, {}, {"code": 21610, "message": "unsubscribed recipient"}), "dead", "refused", True),
    (SILENCE, "uncertain", "unknown", False),
]


@pytest.mark.parametrize(("answer", "state", "outcome", "has_stopped"), ANSWERS)
async def test_what_answers_mean(
    working: Api,
    make: Make,
    sms: Service,
    answer: Any,
    state: str,
    outcome: str,
    has_stopped: bool,
) -> None:
    sms.answers.append(answer)
    user = with_verified_phone(make)
    id = message(make, user)
    await sms.came(1)

    async def tried() -> bool:
        row = make.one("SELECT tries, state FROM deliveries WHERE id = %s", id)
        return (row["tries"], row["state"]) == (1, state)

    await eventually(tried, f"the message is {state}")
    row = await settled(make, id, state)
    assert row["outcome"] == outcome
    assert NUMBER not in (row["excerpt"] or "")
    if answer is not SILENCE and "Retry-After" in answer[1]:
        wait = make.one(
            "SELECT extract(epoch FROM due_at - clock_timestamp())::float AS s FROM deliveries"
        )
        assert 590 < wait["s"] <= 600
    known = known_of(make, user)
    assert known is not None
    assert known["state"] == ("stopped" if has_stopped else "verified")
    assert len(sms.asked) == 1


async def test_numbers_that_are_not_verified_get_nothing(
    working: Api, make: Make, sms: Service
) -> None:
    user = with_phone(make)
    row = await settled(make, message(make, user), "suppressed")
    assert row["reason"] == "no_address"
    assert sms.asked == []


async def test_five_a_second_leave_from_two_processes(
    working: Api, make: Make, sms: Service, database: Any, settings: Any
) -> None:
    """The pace is the database's: a second process does not double it."""
    from pydantic import SecretStr

    from holdfast.kernel.db import Database
    from holdfast.workers.outgoing import deliveries_running

    url = f"http://AC1:x@127.0.0.1:{sms.port}/M?from=1"
    other = settings.model_copy(
        update={"sms_url": SecretStr(url), "outbound_allow": ("127.0.0.0/8",)}
    )
    db = Database(database.server_url, max_size=5)
    await db.open()
    async with deliveries_running(other, db):
        for _ in range(12):
            message(make, with_verified_phone(make))
        asked = await sms.came(12)
    await db.close()
    times = sorted(one.at for one in asked)
    assert len(times) == 12
    # Eleven turns of 200 ms; what was on its way longer makes a gap shorter.
    assert times[-1] - times[0] > 2.0
    assert {one.path.split("?")[0] for one in asked} == {"/Accounts/AC1/Messages.json", "/M"}
