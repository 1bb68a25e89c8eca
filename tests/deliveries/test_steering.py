"""Sending again, discarding, counting and pausing (SPEC-deliveries §7)."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.deliveries.drive import Drive
from tests.deliveries.rows import delivery, endpoint
from tests.support.api import Api, problem
from tests.support.make import Make, Place, User, soon

OPEN = ("pending", "sending", "uncertain")
SETTLED = ("sent", "delivered", "bounced", "dead", "superseded", "expired", "suppressed")


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


@pytest.fixture
def client(make: Make) -> User:
    return make.client()


@pytest.fixture
def visit(make: Make, place: Place, client: User) -> UUID:
    return make.appointment(client, place, make.slot(place))


def row(make: Make, id: object) -> dict[str, Any]:
    return make.one("SELECT * FROM deliveries WHERE id = %s", id)


async def refused(api: Api, user: User, id: object) -> str:
    body = problem(await api.post(f"/deliveries/{id}/resend", user), 409, "not_resendable")
    return body["details"]["reason"]


@pytest.mark.parametrize("state", SETTLED)
async def test_a_settled_message_is_sent_again_as_a_new_one(
    api: Api, make: Make, client: User, visit: UUID, state: str
) -> None:
    mail = delivery(make, state=state, user_id=client.id, appointment_id=visit)
    before = row(make, mail)
    answer = await api.post(f"/deliveries/{mail}/resend", make.admin())
    assert answer.status_code == 201, answer.text
    new = answer.json()
    assert new["resendOf"] == str(mail)
    assert new["id"] != str(mail)
    # Nothing is configured on this server, as of any other message that it would plan now.
    assert (new["state"], new["reason"]) == ("suppressed", "not_configured")
    assert row(make, mail) == before
    assert row(make, new["id"])["appointment_id"] == visit


@pytest.mark.parametrize("state", OPEN)
async def test_what_has_not_ended_is_not_sent_again(
    api: Api, make: Make, client: User, visit: UUID, state: str
) -> None:
    mail = delivery(make, state=state, user_id=client.id, appointment_id=visit)
    assert await refused(api, make.admin(), mail) == "open"


@pytest.mark.parametrize("purpose", ["password_reset", "phone_code"])
async def test_a_secret_is_not_sent_again(api: Api, make: Make, client: User, purpose: str) -> None:
    mail = delivery(make, state="dead", purpose=purpose, user_id=client.id)
    assert await refused(api, make.admin(), mail) == "secret"


async def test_what_is_not_true_any_more_is_not_sent_again(
    api: Api, make: Make, client: User, place: Place, visit: UUID
) -> None:
    admin = make.admin()
    confirmed = delivery(make, user_id=client.id, appointment_id=visit)
    reminder = delivery(
        make, user_id=client.id, appointment_id=visit, purpose="reminder", start_at=soon(5)
    )
    assert await refused(api, admin, reminder) == "cancelled"
    cancelled = await api.post(f"/appointments/{visit}/cancel", client, key="new")
    assert cancelled.status_code == 200
    assert await refused(api, admin, confirmed) == "cancelled"
    notice = delivery(make, user_id=client.id, appointment_id=visit, purpose="cancelled")
    assert (await api.post(f"/deliveries/{notice}/resend", admin)).status_code == 201
    begun = make.appointment(client, place, make.slot(place, soon(4)))
    mail = delivery(make, user_id=client.id, appointment_id=begun)
    make.begin(begun)
    assert await refused(api, admin, mail) == "past"


async def test_a_webhook_is_sent_again_from_the_log(api: Api, make: Make, drive: Drive) -> None:
    admin, place, client = make.admin(), make.place(), make.client()
    hook = endpoint(make)
    make.db.execute("SELECT ensure_lane(%s, 'webhook')", [f"webhook:{hook}"])
    drive.start()
    make.appointment(client, place, make.slot(place))
    drive.plan_all()
    [post] = drive.deliveries(channel="webhook")
    [claimed] = drive.claim("webhook")
    drive.mark(claimed["id"])
    drive.settle(claimed["id"], "refused", code="400")
    again = await api.post(f"/deliveries/{post['id']}/resend", admin)
    assert again.status_code == 201, again.text
    assert again.json()["state"] == "pending"
    [claimed] = drive.claim("webhook")
    assert (str(claimed["id"]), claimed["position"]) == (again.json()["id"], post["position"])
    drive.settle(claimed["id"], "refused", code="400")
    make.db.execute(
        "UPDATE webhook_endpoints SET state = 'disabled', disabled_reason = 'x' WHERE id = %s",
        [hook],
    )
    assert await refused(api, admin, post["id"]) == "endpoint_disabled"
    make.db.execute("DELETE FROM outbox WHERE position = %s", [post["position"]])
    assert await refused(api, admin, post["id"]) == "forgotten"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            "UPDATE users SET email = NULL, password_hash = NULL, phone = '+49 30 1' WHERE id = %s",
            "no_address",
        ),
        ("UPDATE users SET is_active = false WHERE id = %s", "no_address"),
        (
            "INSERT INTO channel_addresses (user_id, channel, address, state) "
            "SELECT id, 'email', lower(email), 'bounced' FROM users WHERE id = %s",
            "bounced",
        ),
        (
            "INSERT INTO channel_addresses (user_id, channel, address, state) "
            "SELECT id, 'email', lower(email), 'complained' FROM users WHERE id = %s",
            "unsubscribed",
        ),
        (
            "INSERT INTO notification_settings (user_id, settings) "
            'VALUES (%s, \'{"email": {"changes": false}}\')',
            "preference",
        ),
        ("SELECT %s", None),
    ],
)
def test_the_new_one_goes_by_the_address_as_it_is_now(
    make: Make, client: User, visit: UUID, change: Any, reason: str | None
) -> None:
    mail = delivery(make, user_id=client.id, appointment_id=visit)
    make.db.execute(change, [client.id])
    actor = Jsonb({"role": "admin"})
    result = make.one("SELECT * FROM resend_deliveries(%s, %s, '{email}')", actor, [mail])
    assert result["outcome"] == "resent"
    new = row(make, result["new_id"])
    assert (new["state"], new["reason"]) == ("suppressed" if reason else "pending", reason)


async def test_staff_send_again_what_is_in_their_scope(
    api: Api, make: Make, client: User, place: Place, visit: UUID
) -> None:
    mail = delivery(make, user_id=client.id, appointment_id=visit)
    other = delivery(make, user_id=client.id)
    hook = delivery(
        make, "webhook", purpose="event", endpoint_id=endpoint(make), appointment_id=visit
    )
    own, foreign = make.operator(place.provider_id), make.operator(make.place().provider_id)
    answer = await api.post(f"/deliveries/{mail}/resend", own)
    assert answer.status_code == 201, answer.text
    assert answer.json()["address"] == "c•••@example.test"
    problem(await api.post(f"/deliveries/{mail}/resend", foreign), 404, "not_found")
    for hidden in (other, hook):
        problem(await api.post(f"/deliveries/{hidden}/resend", own), 404, "not_found")
    problem(await api.post(f"/deliveries/{mail}/resend", client), 403, "forbidden")


async def test_the_same_key_sends_once(api: Api, make: Make, client: User, visit: UUID) -> None:
    admin = make.admin()
    mail = delivery(make, user_id=client.id, appointment_id=visit)
    first = await api.post(f"/deliveries/{mail}/resend", admin, key="one")
    again = await api.post(f"/deliveries/{mail}/resend", admin, key="one")
    assert (first.status_code, again.content) == (201, first.content)
    assert len(make.all("SELECT FROM deliveries WHERE resend_of = %s", mail)) == 1


async def test_two_at_once_send_one_message(
    api: Api, make: Make, client: User, visit: UUID, drive: Drive
) -> None:
    """Both look at the original under its lock; the second one finds the first one's message."""
    admin, hook = make.admin(), endpoint(make)
    make.db.execute("SELECT ensure_lane(%s, 'webhook')", [f"webhook:{hook}"])
    drive.start()
    drive.relay()
    position = make.one("SELECT max(position) AS position FROM outbox")["position"]
    assert position is not None
    post = delivery(make, "webhook", "dead", purpose="event", endpoint_id=hook, position=position)
    answers = await asyncio.gather(
        *(api.post(f"/deliveries/{post}/resend", admin) for _ in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 7]
    assert len(make.all("SELECT FROM deliveries WHERE resend_of = %s", post)) == 1


async def bulk(api: Api, user: User, **body: Any) -> dict[str, Any]:
    answer = await api.post("/deliveries/bulk", user, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_many_are_sent_again_each_by_itself(
    api: Api, make: Make, client: User, visit: UUID
) -> None:
    admin = make.admin()
    dead = delivery(make, state="dead", user_id=client.id, appointment_id=visit)
    waiting = delivery(make, state="pending", user_id=client.id, appointment_id=visit)
    unknown = uuid4()
    ids = [str(waiting), str(unknown), str(dead)]
    results = (await bulk(api, admin, action="resend", ids=ids))["results"]
    assert [result["id"] for result in results] == ids
    assert results[0] == {
        "id": str(waiting),
        "status": 409,
        "scenario": "not_resendable",
        "reason": "open",
    }
    assert results[1] == {"id": str(unknown), "status": 404, "scenario": "not_found"}
    assert results[2]["status"] == 201
    assert row(make, results[2]["deliveryId"])["resend_of"] == dead


async def test_many_are_discarded(api: Api, make: Make, client: User) -> None:
    made = {state: delivery(make, state=state, user_id=client.id) for state in (*OPEN, *SETTLED)}
    ids = [str(id) for id in made.values()]
    results = (await bulk(api, make.admin(), action="discard", ids=ids))["results"]
    done = {state for state, result in zip(made, results, strict=True) if result["status"] == 200}
    assert done == {"pending", "uncertain"}
    assert {result.get("scenario") for result in results} == {None, "invalid_transition"}
    pending, uncertain = row(make, made["pending"]), row(make, made["uncertain"])
    assert (pending["state"], pending["reason"]) == ("suppressed", "discarded")
    assert (uncertain["state"], uncertain["reason"]) == ("dead", "discarded")
    assert row(make, made["sending"])["state"] == "sending"


async def test_what_is_claimed_is_not_discarded(
    api: Api, make: Make, client: User, drive: Drive
) -> None:
    admin = make.admin()
    mails = [delivery(make, state="pending", user_id=client.id) for _ in range(20)]
    ids = [str(id) for id in mails]

    async def claim() -> list[Any]:
        return await asyncio.to_thread(lambda: drive.claim("email", 100, 100))

    answer, claimed = await asyncio.gather(bulk(api, admin, action="discard", ids=ids), claim())
    discarded = {result["id"] for result in answer["results"] if result["status"] == 200}
    taken = {str(item["id"]) for item in claimed}
    assert discarded.isdisjoint(taken)
    states = {str(item["id"]): item["state"] for item in make.all("SELECT * FROM deliveries")}
    for id in ids:
        assert states[id] == {True: "suppressed", False: "sending"}.get(id in discarded, "pending")


async def test_a_filter_finds_what_to_do_it_to(
    api: Api, make: Make, client: User, visit: UUID
) -> None:
    admin = make.admin()
    dead = [
        str(delivery(make, state="dead", user_id=client.id, appointment_id=visit)) for _ in range(3)
    ]
    delivery(make, state="sent", user_id=client.id, appointment_id=visit)
    waiting = delivery(make, state="pending", user_id=client.id, appointment_id=visit)
    by_person = {"userId": str(client.id)}
    answer = await bulk(api, admin, action="resend", filter=by_person)
    assert [result["id"] for result in answer["results"]] == dead[::-1]
    assert answer["hasMore"] is False
    # What was sent again is not sent a third time.
    assert (await bulk(api, admin, action="resend", filter=by_person))["results"] == []
    answer = await bulk(api, admin, action="discard", filter={"channel": "email"})
    assert [result["id"] for result in answer["results"]] == [str(waiting)]


async def test_at_most_a_thousand(api: Api, make: Make, client: User) -> None:
    admin = make.admin()
    make.db.execute("SELECT ensure_lane('smtp', 'email')")
    make.db.execute(
        "INSERT INTO deliveries (id, channel, purpose, lane, user_id, due_at, expires_at) "
        "SELECT new_uuid_v7(), 'email', 'confirmed', 'smtp', %s, now(), now() + interval '1 day' "
        "FROM generate_series(1, 1001)",
        [client.id],
    )
    ids = [str(row["id"]) for row in make.all("SELECT id FROM deliveries")]
    answer = await api.post("/deliveries/bulk", admin, json={"action": "discard", "ids": ids})
    errors = problem(answer, 422, "validation_failed")["details"]["errors"]
    assert errors[0]["field"] == "ids"
    assert make.all("SELECT FROM deliveries WHERE state <> 'pending'") == []
    answer = await bulk(api, admin, action="discard", filter={"channel": "email"})
    assert (len(answer["results"]), answer["hasMore"]) == (1000, True)
    answer = await bulk(api, admin, action="discard", filter={"channel": "email"})
    assert (len(answer["results"]), answer["hasMore"]) == (1, False)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "burn", "ids": [str(uuid4())]}, "action"),
        ({"action": "resend", "ids": []}, "ids"),
        ({"action": "resend", "ids": ["x"]}, "ids.0"),
        ({"action": "resend", "ids": None}, "ids"),
        ({"action": "resend"}, "ids"),
        ({"action": "resend", "ids": [str(uuid4())], "filter": {"state": "dead"}}, "ids"),
        ({"action": "resend", "ids": ["0190-0", "0190-0"]}, "ids.0"),
        ({"action": "discard", "filter": {}}, "filter"),
        ({"action": "discard", "filter": {"state": "lost"}}, "filter.state"),
        ({"action": "discard", "filter": {"age": 3}}, "filter.age"),
        ({"action": "discard", "filter": {"q": ""}}, "filter.q"),
    ],
)
async def test_a_wrong_bulk_request_is_named(
    api: Api, make: Make, body: dict[str, Any], field: str
) -> None:
    answer = await api.post("/deliveries/bulk", make.admin(), json=body)
    errors = problem(answer, 422, "validation_failed")["details"]["errors"]
    assert errors[0]["field"] == field, errors


async def test_the_summary_counts(api: Api, make: Make, client: User, visit: UUID) -> None:
    admin = make.admin()
    empty = (await api.get("/deliveries/summary", admin)).json()
    assert empty["deadLetters"] == {"all": 0, "recent": 0}
    assert empty["oldestDueAt"] is None
    assert {item["channel"]: item["isConfigured"] for item in empty["channels"]}["email"] is False
    for state in ("sent", "sent", "dead", "pending"):
        delivery(make, state=state, user_id=client.id, appointment_id=visit)
    dead = delivery(make, state="dead", user_id=client.id, appointment_id=visit)
    old = delivery(make, "sms", "pending", user_id=client.id, due_at=soon(days=-2))
    found = (await api.get("/deliveries/summary", admin)).json()
    states = {item["channel"]: item["states"] for item in found["channels"]}
    assert (states["email"]["sent"], states["email"]["dead"], states["sms"]["pending"]) == (2, 2, 1)
    assert states["webhook"]["sent"] == 0
    assert found["deadLetters"] == {"all": 2, "recent": 2}
    oldest = {item["channel"]: item["oldestDueAt"] for item in found["channels"]}
    assert found["oldestDueAt"] == oldest["sms"] < oldest["email"]
    assert row(make, old)["due_at"].isoformat().startswith(found["oldestDueAt"][:19])
    await api.post(f"/deliveries/{dead}/resend", admin)
    found = (await api.get("/deliveries/summary", admin)).json()
    assert found["deadLetters"] == {"all": 1, "recent": 1}


async def test_a_lane_is_paused_and_goes_on(
    api: Api, make: Make, client: User, drive: Drive
) -> None:
    admin = make.admin()
    delivery(make, state="pending", user_id=client.id)
    make.db.execute("SELECT ensure_lane('push:push.example.org:8443', 'push')")
    page = (await api.get("/lanes", admin, params={"limit": 1})).json()
    assert [lane["id"] for lane in page["items"]] == ["push:push.example.org:8443"]
    page = (await api.get("/lanes", admin, params={"cursor": page["nextCursor"]})).json()
    [smtp] = page["items"]
    assert page["nextCursor"] is None
    assert (smtp["id"], smtp["channel"], smtp["state"], smtp["waiting"]) == (
        "smtp",
        "email",
        "open",
        1,
    )
    paused = await api.post("/lanes/smtp/pause", admin)
    assert (paused.status_code, paused.json()["state"]) == (200, "stopped")
    assert drive.claim("email") == []
    assert (await api.post("/lanes/smtp/pause", admin)).json() == paused.json()
    assert (await api.post("/lanes/smtp/resume", admin)).json()["state"] == "open"
    assert len(drive.claim("email")) == 1
    named = await api.post("/lanes/push:push.example.org:8443/pause", admin)
    assert (named.status_code, named.json()["state"]) == (200, "stopped")
    for unknown in ("nothing", "smtp%20", "x" * 300):
        problem(await api.post(f"/lanes/{unknown}/pause", admin), 404, "not_found")
    for wrong in ("x" * 301, "a%00b", "a%0Ab"):
        problem(await api.post(f"/lanes/{wrong}/resume", admin), 422, "validation_failed")


async def test_resuming_ends_a_lanes_own_pause(
    api: Api, make: Make, client: User, drive: Drive
) -> None:
    for _ in range(7):
        delivery(make, state="pending", user_id=client.id, expires_at=soon(days=3))
    for claimed in drive.claim("email", 5, 5):
        drive.settle(claimed["id"], "failed", code="timeout", is_lane_fault=True)
    assert drive.claim("email") == []
    [lane] = (await api.get("/lanes", make.admin())).json()["items"]
    assert lane["pausedUntil"] > lane["failingSince"]
    assert (lane["state"], lane["failures"], lane["waiting"]) == ("open", 5, 7)
    lane = (await api.post("/lanes/smtp/resume", make.admin())).json()
    assert "pausedUntil" not in lane
    assert lane["failures"] == 0
    assert "failingSince" in lane
    assert len(drive.claim("email")) == 2
