"""Lists of deliveries: shape, who sees what, filters and pages (SPEC-deliveries §1, §7)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from holdfast.deliveries import find
from holdfast.kernel.ids import new_id
from tests.deliveries.drive import Drive
from tests.deliveries.rows import DAY, attempt, delivery, endpoint
from tests.support.api import Api, problem
from tests.support.make import Make, User, soon


async def ids(api: Api, admin: User, **query: Any) -> list[str]:
    """The ids of all pages."""
    found: list[str] = []
    while True:
        answer = await api.get("/deliveries", admin, params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [item["id"] for item in page["items"]]
        if page["nextCursor"] is None:
            return found
        query["cursor"] = page["nextCursor"]


async def test_a_delivery_has_the_shape_of_the_contract(api: Api, make: Make) -> None:
    admin, client, place = make.admin(), make.client(), make.place()
    appointment = make.appointment(client, place, make.slot(place))
    mail = delivery(make, state="dead", user_id=client.id, appointment_id=appointment)
    attempt(make, mail, code="550", excerpt=f"5.1.1 {client.email} is unknown", outcome="refused")
    [shown] = (await api.get("/deliveries", admin)).json()["items"]
    [tried] = shown.pop("attempts")
    assert tried.keys() == {"number", "startedAt", "endedAt", "outcome", "code", "excerpt"}
    assert shown == {
        "id": str(mail),
        "channel": "email",
        "purpose": "confirmed",
        "state": "dead",
        "lane": "smtp",
        "userId": str(client.id),
        "appointmentId": str(appointment),
        "address": client.email,
        "dueAt": shown["dueAt"],
        "expiresAt": shown["expiresAt"],
        "createdAt": shown["createdAt"],
        "settledAt": shown["settledAt"],
    }
    assert shown["dueAt"].endswith("Z")


async def test_one_delivery_and_its_preview(api: Api, make: Make) -> None:
    admin, client = make.admin(), make.client()
    mail = delivery(make, user_id=client.id)
    answer = await api.get(f"/deliveries/{mail}", admin)
    assert answer.json()["id"] == str(mail)
    # It is about no appointment, so that it says nothing.
    assert answer.json()["preview"] is None
    tag = answer.headers["etag"]
    again = await api.get(f"/deliveries/{mail}", admin, headers={"If-None-Match": tag})
    assert again.status_code == 304
    problem(await api.get(f"/deliveries/{new_id()}", admin), 404, "not_found")
    problem(await api.get("/deliveries/abc", admin), 422, "validation_failed")


async def test_a_preview_is_what_the_channel_would_send_now(
    api: Api, make: Make, drive: Drive
) -> None:
    admin, client, place = make.admin(), make.client("Cleo <b>"), make.place()
    hook = endpoint(make)
    make.db.execute("SELECT ensure_lane(%s, 'webhook')", [f"webhook:{hook}"])
    drive.start()
    make.appointment(client, place, make.slot(place))
    drive.plan_all()
    shown = {}
    for row in drive.deliveries():
        answer = await api.get(f"/deliveries/{row['id']}", admin)
        shown[row["channel"]] = answer.json()["preview"]
    assert shown["email"]["subject"]
    assert "Cleo <b>" in shown["email"]["text"]
    assert "Cleo &lt;b&gt;" in shown["email"]["html"]
    body = json.loads(shown["webhook"]["text"])
    assert body["type"] == "booking.confirmed"
    assert "Cleo" not in shown["webhook"]["text"]


async def test_no_secret_is_in_a_preview(api: Api, make: Make) -> None:
    admin, client = make.admin(), make.client()
    reset = delivery(
        make, state="pending", purpose="password_reset", user_id=client.id, sealed=b"a-secret"
    )
    shown = (await api.get(f"/deliveries/{reset}", admin)).json()["preview"]
    assert "reset-password?token=…" in shown["text"]
    assert "a-secret" not in str(shown)


async def test_an_address_is_where_it_would_go_now(api: Api, make: Make) -> None:
    admin, client = make.admin(), make.client()
    hook = endpoint(make)
    make.db.execute("UPDATE users SET phone_e164 = '+4917155512345' WHERE id = %s", [client.id])
    subscription = new_id()
    make.db.execute(
        "INSERT INTO push_subscriptions (id, user_id, endpoint, p256dh, auth_sealed) "
        "VALUES (%s, %s, 'https://push.example.org/a-secret', 'x', '\\x00')",
        [subscription, client.id],
    )
    delivery(make, "sms", user_id=client.id)
    delivery(make, "push", user_id=client.id, subscription_id=subscription)
    delivery(make, "webhook", purpose="event", endpoint_id=hook)
    answer = await api.get("/deliveries", admin)
    addresses = {item["channel"]: item["address"] for item in answer.json()["items"]}
    assert addresses == {
        "sms": "+4917155512345",
        "push": "push.example.org",
        "webhook": "https://hooks.example.org/secret/path",
    }
    assert "a-secret" not in answer.text
    make.db.execute("UPDATE users SET phone_e164 = NULL WHERE id = %s", [client.id])
    [sms] = (await api.get("/deliveries", admin, params={"channel": "sms"})).json()["items"]
    assert sms["address"] is None


async def test_staff_see_an_appointments_messages_with_masked_addresses(
    api: Api, make: Make
) -> None:
    client, place = make.client(), make.place()
    appointment = make.appointment(client, place, make.slot(place))
    make.db.execute("UPDATE users SET phone_e164 = '+4917155512345' WHERE id = %s", [client.id])
    mail = delivery(make, state="dead", user_id=client.id, appointment_id=appointment)
    attempt(make, mail, code="550", excerpt=f"5.1.1 {client.email} is unknown", outcome="refused")
    sms = delivery(make, "sms", user_id=client.id, appointment_id=appointment)
    hook = delivery(
        make, "webhook", purpose="event", endpoint_id=endpoint(make), appointment_id=appointment
    )
    path = f"/appointments/{appointment}/deliveries"
    answer = await api.get(path, make.operator(place.provider_id))
    assert [(item["id"], item["address"]) for item in answer.json()["items"]] == [
        (str(sms), "+49•••345"),
        (str(mail), "c•••@example.test"),
    ]
    assert answer.json()["items"][1]["attempts"][0]["code"] == "550"
    for part in (client.email, "17155512", "hooks.example.org"):
        assert part not in answer.text
    seen = (await api.get(path, make.admin())).json()["items"]
    assert (seen[0]["id"], seen[0]["address"]) == (
        str(hook),
        "https://hooks.example.org/•••",
    )
    problem(await api.get(path, client), 403, "forbidden")
    problem(await api.get(path, make.client()), 404, "not_found")
    problem(await api.get(path, make.operator(make.place().provider_id)), 404, "not_found")
    empty = make.appointment(client, place, make.slot(place, soon(3)))
    nothing = await api.get(f"/appointments/{empty}/deliveries", make.operator())
    assert nothing.json() == {"items": [], "nextCursor": None}


@pytest.mark.parametrize(
    ("channel", "address", "masked"),
    [
        ("email", "john@example.org", "j•••@example.org"),
        ("email", "j@example.org", "j•••@example.org"),
        ("email", "a@b@example.org", "a•••@example.org"),
        ("email", "übung@example.org", "ü•••@example.org"),
        ("sms", "+4930123123", "+49•••123"),
        ("sms", "+12125550123", "+1•••123"),
        ("sms", "+35312345678", "+353•••678"),
        ("webhook", "https://hooks.example.org:8443/a?b=c", "https://hooks.example.org:8443/•••"),
        ("push", "push.example.org", "push.example.org"),
        ("email", None, None),
    ],
)
def test_masks(make: Make, channel: str, address: str | None, masked: str | None) -> None:
    row = make.one("SELECT mask_address(%s, %s) AS masked", channel, address)
    assert row["masked"] == masked


async def test_a_person_sees_their_own_messages(api: Api, make: Make) -> None:
    client, other = make.client(), make.client()
    mail = delivery(make, state="dead", user_id=client.id)
    attempt(make, mail, code="550", excerpt="what the server said")
    delivery(make, user_id=other.id)
    path = f"/users/{client.id}/deliveries"
    answer = await api.get(path, client)
    [shown] = answer.json()["items"]
    assert (shown["id"], shown["address"]) == (str(mail), client.email)
    assert "what the server said" not in answer.text
    assert (await api.get(path, make.admin())).json()["items"][0]["attempts"][0]["excerpt"]
    for stranger in (other, make.operator()):
        problem(await api.get(path, stranger), 404, "not_found")
    problem(await api.get(f"/users/{new_id()}/deliveries", make.admin()), 404, "not_found")


async def test_each_filter_finds_exactly_what_fits(api: Api, make: Make) -> None:
    """All filters, alone and in pairs, against a filter in Python."""
    admin, anna, ben, place = (
        make.admin(),
        make.client("Anna Able"),
        make.client("Ben"),
        make.place(),
    )
    visits = [make.appointment(anna, place, make.slot(place, soon(n))) for n in range(2)]
    hooks = [endpoint(make), endpoint(make, "https://other.example.org/")]
    made: list[dict[str, Any]] = []
    for number in range(24):
        channel = ("email", "sms", "webhook")[number % 3]
        facts: dict[str, Any] = {
            "channel": channel,
            "state": ("sent", "dead", "suppressed", "pending")[number // 3 % 4],
            "purpose": "event" if channel == "webhook" else ("confirmed", "reminder")[number % 2],
            "user_id": None if channel == "webhook" else (anna, ben)[number % 2].id,
            "endpoint_id": hooks[number % 2] if channel == "webhook" else None,
            "appointment_id": visits[number % 2],
        }
        made.append({**facts, "id": delivery(make, **facts)})
    make.db.execute("ANALYZE deliveries")
    queries: dict[str, dict[str, Any]] = {
        "channel": {"channel": "email"},
        "state": {"state": "dead"},
        "purpose": {"purpose": "reminder"},
        "user_id": {"userId": str(ben.id)},
        "endpoint_id": {"endpointId": str(hooks[1])},
        "appointment_id": {"appointmentId": str(visits[1])},
        "q": {"q": "able"},
    }
    wanted: dict[str, Any] = {
        "channel": "email",
        "state": "dead",
        "purpose": "reminder",
        "user_id": ben.id,
        "endpoint_id": hooks[1],
        "appointment_id": visits[1],
    }

    def fits(row: dict[str, Any], name: str) -> bool:
        return row["user_id"] == anna.id if name == "q" else row[name] == wanted[name]

    for one in queries:
        for other in queries:
            expected = [
                str(row["id"]) for row in reversed(made) if fits(row, one) and fits(row, other)
            ]
            query = {**queries[one], **queries[other], "limit": 3}
            assert await ids(api, admin, **query) == expected, (one, other)
    assert await ids(api, admin, limit=7) == [str(row["id"]) for row in reversed(made)]


async def test_many_people_are_looked_for_in_a_walk(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "FEW_PEOPLE", 2)
    monkeypatch.setattr(find, "SCAN_LIMIT", 4)
    admin = make.admin()
    clients = [make.client(f"Same {number}") for number in range(3)]
    other = make.client("Else")
    expected: list[str] = []
    for number in range(21):
        client = clients[number % 3] if number % 5 == 0 else other
        made = delivery(make, user_id=client.id)
        expected += [str(made)] if number % 5 == 0 else []
    assert await ids(api, admin, q="same", limit=2) == expected[::-1]


def at(moment: datetime) -> UUID:
    """An id of that time."""
    return UUID(int=(int(moment.timestamp() * 1000) << 80) | (new_id().int & ((1 << 80) - 1)))


async def test_a_period_is_found_by_when_a_delivery_was_planned(api: Api, make: Make) -> None:
    admin, client = make.admin(), make.client()
    now = datetime.now(UTC)
    times = [now - timedelta(days=4 - number) for number in range(4)]
    made = [str(delivery(make, user_id=client.id, id=at(time), created_at=time)) for time in times]
    first, end = times[1].isoformat(), times[3].isoformat()
    assert await ids(api, admin, **{"from": first, "to": end}) == [made[2], made[1]]
    assert await ids(api, admin, **{"from": first}) == [made[3], made[2], made[1]]
    assert await ids(api, admin, to=first) == [made[0]]
    for more in ({"userId": str(client.id)}, {"state": "sent"}, {"q": client.email}):
        assert await ids(api, admin, **{"from": first, "to": end}, **more) == [made[2], made[1]]
    assert await ids(api, admin, **{"from": (now + DAY).isoformat()}) == []
    backwards = await api.get("/deliveries", admin, params={"from": end, "to": first})
    problem(backwards, 422, "invalid_time_range")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"channel": "fax"}, "channel"),
        ({"state": "lost"}, "state"),
        ({"purpose": "spam"}, "purpose"),
        ({"userId": "x"}, "userId"),
        ({"endpointId": "x"}, "endpointId"),
        ({"appointmentId": ""}, "appointmentId"),
        ({"from": "yesterday"}, "from"),
        ({"to": "1"}, "to"),
        ({"q": "x" * 101}, "q"),
        ({"q": "\x00"}, "q"),
        ({"limit": 101}, "limit"),
        ({"cursor": "abc"}, "cursor"),
        ({"status": "sent"}, "status"),
    ],
)
async def test_a_wrong_filter_is_named(
    api: Api, make: Make, query: dict[str, Any], field: str
) -> None:
    answer = await api.get("/deliveries", make.admin(), params=query)
    errors = problem(answer, 422, "validation_failed")["details"]["errors"]
    assert [error["field"] for error in errors] == [field]


def test_every_value_is_known_to_the_lists(make: Make) -> None:
    """The lists enumerate channels, purposes and states: the constraints have no others."""
    checks = make.one(
        "SELECT string_agg(pg_get_constraintdef(oid), ' ') AS text FROM pg_constraint "
        "WHERE conname IN ('deliveries_channel_check', 'deliveries_purpose_check', "
        "'deliveries_state_check')"
    )["text"]
    known = make.one(
        "SELECT delivery_channels() || delivery_purposes() || delivery_states() AS names"
    )["names"]
    quoted = set(checks.split("'")[1::2])
    assert quoted == set(known)
    schemas = {
        *find.Channel.__args__,
        *find.Purpose.__args__,
        *find.State.__args__,
    }
    assert schemas == set(known)
