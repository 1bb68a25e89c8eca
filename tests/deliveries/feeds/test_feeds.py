"""Calendar feeds (SPEC-deliveries §4): who may have one, and what it shows."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar
from pydantic import SecretStr

from holdfast.channels.feeds import serve
from holdfast.channels.feeds.routing import FEEDS_OF_USER
from holdfast.config import Settings
from tests.deliveries.feeds.feeds import add_feed, events_of, path_of, read
from tests.support.api import Api, problem
from tests.support.make import SECRET_KEY, Make, User, soon

PUBLIC_URL = "https://book.example.test"


@pytest.fixture
def settings() -> Settings:
    return Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="on", public_url=PUBLIC_URL)


def moved(make: Make, appointment_id: UUID, start: datetime) -> None:
    """As if it had been booked for then."""
    with make.db.transaction():
        make.db.execute(
            "UPDATE slots SET start_at = %s, end_at = %s WHERE appointment_id = %s",
            [start, start + timedelta(minutes=30), appointment_id],
        )
        make.db.execute(
            "UPDATE appointments SET start_at = %s, end_at = %s WHERE id = %s",
            [start, start + timedelta(minutes=30), appointment_id],
        )


async def cancel(api: Api, user: User, appointment_id: UUID) -> None:
    answer = await api.post(f"/appointments/{appointment_id}/cancel", user, key="new", json={})
    assert answer.status_code == 200, answer.text


async def test_the_address_is_shown_once_and_only_its_hash_is_kept(api: Api, make: Make) -> None:
    client = make.client()
    made = await api.post("/calendar-feeds", client, json={"detail": "full"}, key="one")
    assert made.status_code == 201, made.text
    assert made.json().keys() == {"id", "url"}
    assert made.headers["cache-control"] == "no-store"
    url = made.json()["url"]
    assert url.startswith(f"{PUBLIC_URL}/api/v1/feeds/")
    assert url.endswith(".ics")
    secret = url.removeprefix(f"{PUBLIC_URL}/api/v1/feeds/").removesuffix(".ics")
    assert len(secret) >= 43, "256 bits in base64url"
    again = await api.post("/calendar-feeds", client, json={"detail": "full"}, key="one")
    assert again.content == made.content
    assert again.headers["idempotency-replayed"] == "true"

    kept = make.all("SELECT * FROM calendar_feeds")
    assert len(kept) == 1
    assert secret not in str(kept)
    listed = await api.get("/calendar-feeds", client)
    assert listed.json()["items"] == [
        {
            "id": made.json()["id"],
            "providerId": None,
            "detail": "full",
            "createdAt": listed.json()["items"][0]["createdAt"],
        }
    ]
    assert secret not in listed.text


async def test_what_the_owner_sees_of_own_appointments(api: Api, make: Make) -> None:
    place, client, other = make.place(), make.client("Anna Client"), make.client()
    make.db.execute("UPDATE facilities SET address = 'Main St 1; 2nd floor'")
    appointment = await api.booked(client, place, make.slot(place))
    await api.booked(other, place, make.slot(place, soon(days=2)))
    path = await add_feed(api, client)
    answer = await read(api, path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["ratelimit-policy"] == serve.READS_OF_FEED.policy
    assert not answer.headers["etag"].startswith("W/")
    calendar: Any = Calendar.from_ical(answer.text)
    assert calendar["METHOD"] == "PUBLISH"
    [event] = events_of(answer)
    assert event["UID"] == f"{appointment['id']}@holdfast"
    assert event["DTSTART"].dt == datetime.fromisoformat(appointment["start"])
    assert event["DTEND"].dt == datetime.fromisoformat(appointment["end"])
    assert event["STATUS"] == "CONFIRMED"
    assert event["SEQUENCE"] == 0
    changed = datetime.fromisoformat(appointment["updatedAt"]).replace(microsecond=0)
    assert event["LAST-MODIFIED"].dt == changed
    assert event["SUMMARY"] == f"{appointment['serviceTitle']} with {appointment['providerName']}"
    assert event["LOCATION"] == f"{appointment['facilityName']}, Main St 1; 2nd floor"
    assert event.walk("VALARM") == []


async def test_what_a_provider_sees(api: Api, make: Make) -> None:
    place, client = make.place(), make.client("Anna Client")
    provider = make.operator(place.provider_id)
    appointment = await api.booked(client, place, make.slot(place))
    elsewhere = make.place()
    await api.booked(client, elsewhere, make.slot(elsewhere, soon(days=3)))
    answer = await read(api, await add_feed(api, provider, providerId=str(place.provider_id)))
    [event] = events_of(answer)
    assert event["UID"] == f"{appointment['id']}@holdfast"
    assert event["SUMMARY"] == f"{appointment['serviceTitle']} with Anna Client"
    assert client.email not in answer.text
    # A provider's user is nobody's client.
    assert events_of(await read(api, await add_feed(api, provider))) == []


async def test_busy_shows_no_names(api: Api, make: Make) -> None:
    place, client = make.place(), make.client("Anna Client")
    provider = make.operator(place.provider_id)
    make.db.execute("UPDATE facilities SET address = 'Main St 1'")
    appointment = await api.booked(client, place, make.slot(place))
    second = await api.booked(client, place, make.slot(place, soon(days=2)))
    await cancel(api, client, second["id"])
    wish = {"userId": str(client.id), "ifUnavailable": "request"}
    requested = await api.book_at(provider, place, soon(days=4), **wish)
    assert requested.json()["status"] == "requested", requested.text
    of_provider = {"providerId": str(place.provider_id), "detail": "busy"}
    for who, body in ((provider, of_provider), (client, {"detail": "busy"})):
        answer = await read(api, await add_feed(api, who, **body))
        first, gone = events_of(answer)
        assert (first["SUMMARY"], first["STATUS"]) == ("Busy", "CONFIRMED")
        assert (gone["SUMMARY"], gone["STATUS"]) == ("Busy", "CANCELLED")
        for name in ("serviceTitle", "providerName", "facilityName"):
            assert appointment[name] not in answer.text
        assert "Anna" not in answer.text
        assert "Main St" not in answer.text
        assert "CN=" not in answer.text


async def test_requests_are_tentative(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    asked = await api.book_at(client, place, soon(days=2), ifUnavailable="request")
    assert asked.json()["status"] == "requested", asked.text
    [event] = events_of(await read(api, await add_feed(api, client)))
    assert event["STATUS"] == "TENTATIVE"


async def test_sequence_follows_what_is_moved_and_called_off(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    first, second = make.slots(place, 2, soon(days=3))
    appointment = await api.booked(client, place, first)
    path = await add_feed(api, client)
    where = f"/appointments/{appointment['id']}"
    reserved = (await api.reserve(client, place, second)).json()["reservationToken"]
    token = {"reservationToken": reserved}
    assert (await api.post(f"{where}/reschedule", client, key="new", json=token)).is_success
    [event] = events_of(await read(api, path))
    assert event["SEQUENCE"] == 1
    assert (await api.patch(where, staff, json={"notes": "x", "version": 2})).is_success
    [event] = events_of(await read(api, path))
    assert event["SEQUENCE"] == 1
    await cancel(api, client, appointment["id"])
    [event] = events_of(await read(api, path))
    assert (event["SEQUENCE"], event["STATUS"]) == (2, "CANCELLED")
    # Outlook keeps what is cancelled as free time.
    assert event["TRANSP"] == "TRANSPARENT"


async def test_from_thirty_days_ago_to_a_year_ahead(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    shown, hidden = (-29, 0, 1, 364), (-32, 367, 400)
    ids: dict[int, str] = {}
    for number, days in enumerate((*shown, *hidden)):
        appointment_id = make.appointment(client, place, make.slot(place, soon(number, days=20)))
        moved(make, appointment_id, now + timedelta(days=days, hours=2))
        ids[days] = f"{appointment_id}@holdfast"
    found = [str(event["UID"]) for event in events_of(await read(api, await add_feed(api, client)))]
    assert found == [ids[days] for days in shown]


async def test_cancelled_ones_are_shown_for_thirty_days(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    path = await add_feed(api, client)
    ids = [make.appointment(client, place, slot) for slot in make.slots(place, 2, soon(days=40))]
    await cancel(api, client, ids[0])
    assert (await api.delete(f"/appointments/{ids[1]}", staff, json={"version": 1})).is_success
    events = events_of(await read(api, path))
    assert [event["STATUS"] for event in events] == ["CANCELLED", "CANCELLED"]
    make.db.execute("ALTER TABLE appointments DISABLE TRIGGER USER")
    make.db.execute("UPDATE appointments SET updated_at = now() - interval '29 days'")
    assert len(events_of(await read(api, path))) == 2
    make.db.execute("UPDATE appointments SET updated_at = now() - interval '31 days'")
    assert events_of(await read(api, path)) == []


async def test_at_most_so_many_events(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, client = make.place(), make.client()
    first = [make.appointment(client, place, slot) for slot in make.slots(place, 4)][:3]
    monkeypatch.setattr(serve, "MAXIMUM_EVENTS", 3)
    events = events_of(await read(api, await add_feed(api, client)))
    assert [event["UID"] for event in events] == [f"{one}@holdfast" for one in first]


async def test_who_may_have_a_feed(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    provider, admin = make.operator(place.provider_id), make.admin()
    foreign = make.operator(make.place().provider_id)
    body = {"providerId": str(place.provider_id), "detail": "full"}
    problem(await api.post("/calendar-feeds", json=body), 401, "unauthenticated")
    for who in (client, make.operator()):
        problem(await api.post("/calendar-feeds", who, json=body), 403, "forbidden")
    problem(await api.post("/calendar-feeds", foreign, json=body), 404, "not_found")
    for who in (provider, admin):
        assert (await api.post("/calendar-feeds", who, json=body)).status_code == 201
    unknown = body | {"providerId": "01900000-0000-7000-8000-000000000000"}
    for who in (provider, admin):
        problem(await api.post("/calendar-feeds", who, json=unknown), 404, "not_found")
    for wrong in (
        {},
        {"detail": "none"},
        {"detail": None},
        {"detail": "full", "providerId": "x"},
        {"detail": "full", "more": 1},
    ):
        problem(await api.post("/calendar-feeds", admin, json=wrong), 422, "validation_failed")


async def test_a_feed_ends_with_the_right_to_it(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    provider = make.operator(place.provider_id)
    await api.booked(client, place, make.slot(place))
    of_provider = await add_feed(api, provider, providerId=str(place.provider_id))
    own = await add_feed(api, client)
    assert len(events_of(await read(api, of_provider))) == 1
    make.db.execute("UPDATE users SET provider_id = NULL WHERE id = %s", [provider.id])
    problem(await read(api, of_provider), 404, "not_found")
    make.db.execute("UPDATE users SET is_active = false WHERE id = %s", [client.id])
    problem(await read(api, own), 404, "not_found")


async def test_revoked_at_once_and_by_its_owner_only(api: Api, make: Make) -> None:
    client, other = make.client(), make.client()
    made = await api.post("/calendar-feeds", client, json={"detail": "busy"})
    known = (await read(api, path_of(made))).headers["etag"]
    one = f"/calendar-feeds/{made.json()['id']}"
    for who in (other, make.admin()):
        problem(await api.delete(one, who), 404, "not_found")
    assert (await read(api, path_of(made), known)).status_code == 304
    assert (await api.delete(one, client)).status_code == 204
    problem(await read(api, path_of(made), known), 404, "not_found")
    problem(await api.delete(one, client), 404, "not_found")
    assert (await api.get("/calendar-feeds", client)).json()["items"] == []


async def test_unknown_addresses(api: Api) -> None:
    for wrong in ("x", "%00", "%F0%9F%98%80", "a" * 999, "A" * 43):
        refused = await read(api, f"/feeds/{wrong}.ics")
        problem(refused, 404, "not_found")
        assert "ratelimit" in refused.headers
    problem(await read(api, "/feeds/x"), 404, "not_found")


async def test_their_number_is_bounded(api: Api, make: Make) -> None:
    client = make.client()
    # At the same time, so that counting alone would not do.
    answers = await asyncio.gather(
        *(
            api.post("/calendar-feeds", client, json={"detail": "busy"})
            for _ in range(FEEDS_OF_USER + 3)
        )
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] * FEEDS_OF_USER + [422] * 3
    shown: list[str] = []
    cursor = ""
    while cursor is not None:
        page = (await api.get(f"/calendar-feeds?limit=7{cursor}", client)).json()
        shown += [item["id"] for item in page["items"]]
        cursor = page["nextCursor"] and f"&cursor={page['nextCursor']}"
    assert len(shown) == len(set(shown)) == FEEDS_OF_USER


async def test_sixty_reads_a_minute(api: Api, make: Make) -> None:
    client = make.client()
    first, second = await add_feed(api, client), await add_feed(api, client)
    for _ in range(serve.READS_OF_FEED.hits):
        assert (await read(api, first)).status_code == 200
    refused = await read(api, first)
    problem(refused, 429, "rate_limited")
    assert int(refused.headers["retry-after"]) > 0
    # Google reads all feeds from the same addresses.
    assert (await read(api, second)).status_code == 200


async def test_guessing_is_throttled(api: Api, make: Make) -> None:
    path = await add_feed(api, make.client())
    for _ in range(serve.GUESSES_FROM_ADDRESS.hits):
        problem(await read(api, "/feeds/guess.ics"), 404, "not_found")
    problem(await read(api, "/feeds/guess.ics"), 429, "rate_limited")
    assert (await read(api, path)).status_code == 200
