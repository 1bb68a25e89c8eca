"""What a mail's link shows and does (SPEC-deliveries §3, "Links never act by GET")."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from holdfast.config import Settings
from holdfast.notifications.links import Links, links_of
from tests.contract.snapshot import snapshot
from tests.sql.chain import flaws
from tests.support.api import Api, problem
from tests.support.make import Make, Place, User, soon

MANAGE = "/manage"
SITE = "http://holdfast.test"


class Booked:
    """An appointment, and the link to it."""

    def __init__(self, make: Make, links: Links, days: float = 3) -> None:
        self.make = make
        self.place: Place = make.place()
        self.client: User = make.client()
        self.slot_id = make.slot(self.place, soon(days=days))
        self.id = make.appointment(self.client, self.place, self.slot_id)
        self.end: datetime = self.row()["end_at"]
        self._links = links

    def row(self) -> dict[str, Any]:
        return self.make.one("SELECT * FROM appointments WHERE id = %s", self.id)

    def path(self, *, user_id: UUID | None = None, version: int = 1, end: Any = None) -> str:
        url = self._links.manage_url(self.id, user_id or self.client.id, version, end or self.end)
        return f"{MANAGE}/{url.rpartition('/')[2]}"

    def audit(self) -> list[dict[str, Any]]:
        return [
            row["entry"]
            for row in self.make.all(
                "SELECT audit_entry(e) AS entry FROM appointment_audit AS e "
                "WHERE e.appointment_id = %s ORDER BY e.version",
                self.id,
            )
        ]


@pytest.fixture
def links(settings: Settings) -> Links:
    return links_of(settings)


@pytest.fixture
def booked(make: Make, links: Links) -> Booked:
    return Booked(make, links)


async def test_it_shows_the_appointment_and_what_cancelling_costs(api: Api, booked: Booked) -> None:
    answer = await api.get(booked.path())
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["appointment"]["id"] == str(booked.id)
    signed_in = await api.get(f"/appointments/{booked.id}/cancellation", booked.client)
    assert shown["quote"] == signed_in.json()
    assert (shown["canConfirmAttendance"], shown["canCancel"], shown["canReschedule"]) == (
        True,
        True,
        True,
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers


async def test_it_shows_no_contact_data(api: Api, make: Make, booked: Booked) -> None:
    make.user("operator", provider_id=booked.place.provider_id)
    make.db.execute("UPDATE users SET phone = '+49 30 7654321'")
    text = (await api.get(booked.path())).text
    assert "@" not in text
    assert "7654321" not in text


async def test_confirming_is_recorded_as_the_clients_by_link(api: Api, booked: Booked) -> None:
    answer = await api.post(f"{booked.path()}/confirm-attendance")
    assert answer.status_code == 200, answer.text
    assert answer.json()["clientConfirmedAt"] is not None
    entries = booked.audit()
    assert entries[-1]["action"] == "attendance_confirmed"
    assert entries[-1]["actor"] == {
        "id": str(booked.client.id),
        "type": "user",
        "name": booked.client.name,
    }
    assert entries[-1]["via"] == "link"
    assert flaws(entries) == []
    shown = await api.get(f"/appointments/{booked.id}", booked.client)
    assert shown.json()["audit"][-1]["via"] == "link"
    assert (await api.get(booked.path())).json()["canConfirmAttendance"] is False
    actions = (await api.get(f"/users/{booked.client.id}/actions", booked.client)).json()["items"]
    assert actions[0]["action"] == "links.confirm_attendance_by_link"
    assert actions[0]["target"] == "/api/v1/manage/{token}/confirm-attendance"


async def test_cancelling_costs_what_it_costs_signed_in(api: Api, make: Make, links: Links) -> None:
    booked = Booked(make, links, days=0)  # within the 24 hours
    quote = (await api.get(booked.path())).json()["quote"]
    assert quote["feeCents"] == 2500
    path = f"{booked.path()}/cancel"
    problem(await api.post(path), 400, "idempotency_key_missing")
    answer = await api.post(path, json={"reason": "Ill"}, key="k1")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["feeCents"], answer.json()["refundCents"]) == (2500, 2500)
    assert booked.audit()[-1]["reason"] == "Ill"
    assert booked.audit()[-1]["via"] == "link"
    again = await api.post(path, json={"reason": "Ill"}, key="k1")
    assert (again.content, again.headers["idempotency-replayed"]) == (answer.content, "true")
    problem(await api.post(path, key="k1"), 422, "idempotency_key_reused")
    problem(await api.post(path, key="k2"), 409, "invalid_transition")
    shown = (await api.get(booked.path())).json()
    assert (shown["quote"], shown["canCancel"], shown["canReschedule"]) == (None, False, False)
    assert shown["appointment"]["status"] == "cancelled"


async def test_a_client_cannot_waive_the_fee(api: Api, booked: Booked) -> None:
    answer = await api.post(f"{booked.path()}/cancel", json={"waiveFee": True}, key="new")
    problem(answer, 403, "forbidden")
    assert booked.row()["status"] == "confirmed"


async def test_moving_to_a_free_slot(api: Api, make: Make, booked: Booked) -> None:
    other = make.slot(booked.place, soon(days=4))
    body = {"timeslotId": str(other)}
    path = f"{booked.path()}/reschedule"
    problem(await api.post(path, json=body), 400, "idempotency_key_missing")
    answer = await api.post(path, json=body, key="k1")
    assert answer.status_code == 200, answer.text
    assert answer.json()["slotId"] == str(other)
    assert booked.audit()[-1]["action"] == "rescheduled"
    assert booked.audit()[-1]["via"] == "link"
    again = await api.post(path, json=body, key="k1")
    assert (again.content, again.headers["idempotency-replayed"]) == (answer.content, "true")
    problem(await api.post(path, json=body, key="k2"), 409, "slot_booked")
    assert booked.row()["version"] == 2


async def test_moving_to_what_one_holds(api: Api, make: Make, booked: Booked) -> None:
    other = make.slot(booked.place, soon(days=4))
    held = (await api.reserve(booked.client, booked.place, other)).json()["reservationToken"]
    answer = await api.post(
        f"{booked.path()}/reschedule", json={"reservationToken": held}, key="new"
    )
    assert answer.json()["slotId"] == str(other), answer.text


async def test_a_slot_that_cannot_be_had_stays_as_it_was(
    api: Api, make: Make, booked: Booked
) -> None:
    path = f"{booked.path()}/reschedule"
    taken = make.slot(booked.place, soon(days=4))
    make.appointment(make.client(), booked.place, taken)
    refused = await api.post(path, json={"timeslotId": str(taken)}, key="new")
    problem(refused, 409, "slot_booked")
    elsewhere = make.slot(make.place(), soon(days=4))
    refused = await api.post(path, json={"timeslotId": str(elsewhere)}, key="new")
    problem(refused, 404, "not_found")
    # Held for the move, and let go: the client has something else then.
    clash = make.slot(booked.place, soon(days=5))
    place = make.place()
    make.appointment(booked.client, place, make.slot(place, soon(days=5)))
    refused = await api.post(path, json={"timeslotId": str(clash)}, key="new")
    problem(refused, 409, "client_overlap")
    row = make.one("SELECT status::text FROM slots WHERE id = %s", clash)
    assert row["status"] == "available"
    assert booked.row()["version"] == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"timeslotId": 1}, {"timeslotId": "x"}, {"reservationToken": "a", "timeslotId": "b"}],
)
async def test_a_move_says_where_to(api: Api, booked: Booked, body: dict[str, Any]) -> None:
    answer = await api.post(f"{booked.path()}/reschedule", json=body, key="new")
    problem(answer, 422, "validation_failed")


def forged(booked: Booked, make: Make) -> dict[str, str]:
    """Links that do not hold."""
    other = make.client()
    return {
        "another user": booked.path(user_id=other.id),
        "an earlier password": booked.path(version=0),
        "too old": booked.path(end=datetime.now(UTC) - timedelta(days=7, seconds=1)),
        "altered": booked.path()[:-2] + "AA",
        "nothing": f"{MANAGE}/x",
        "not ASCII": f"{MANAGE}/ä",
        "long": f"{MANAGE}/{'A' * 200}",
    }


async def test_links_that_do_not_hold(api: Api, make: Make, booked: Booked) -> None:
    links = forged(booked, make)
    before = snapshot(make)
    texts = set()
    for kind, path in links.items():
        for answer in (
            await api.get(path),
            await api.post(f"{path}/confirm-attendance"),
            await api.post(f"{path}/cancel", key="new"),
        ):
            assert answer.status_code == 404, (kind, answer.text)
            texts.add(answer.json()["detail"])
    assert len(texts) == 1
    assert snapshot(make) == before


async def test_a_new_password_makes_links_void(api: Api, make: Make, booked: Booked) -> None:
    assert (await api.get(booked.path())).status_code == 200
    make.db.execute(
        "INSERT INTO password_resets (secret_hash, user_id, expires_at) "
        "VALUES ('x', %s, now() + interval '1 hour')",
        [booked.client.id],
    )
    make.one("SELECT outcome FROM reset_password('x', 'new')")
    problem(await api.get(booked.path()), 404, "not_found")
    problem(await api.post(f"{booked.path()}/cancel", key="new"), 404, "not_found")
    assert (await api.get(booked.path(version=2))).status_code == 200


async def test_who_is_not_active_has_no_link(api: Api, make: Make, booked: Booked) -> None:
    make.db.execute("UPDATE users SET is_active = false WHERE id = %s", [booked.client.id])
    problem(await api.get(booked.path()), 404, "not_found")


async def test_a_deleted_appointment_is_gone(api: Api, booked: Booked, make: Make) -> None:
    done = await api.delete(f"/appointments/{booked.id}", make.admin(), headers={"If-Match": '"1"'})
    assert done.status_code == 204
    problem(await api.get(booked.path()), 404, "not_found")


@pytest.mark.parametrize(
    ("headers", "may"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": SITE}, True),
        ({"Origin": SITE}, True),
        ({}, True),
    ],
)
async def test_only_a_page_of_this_site_acts(
    api: Api, booked: Booked, headers: dict[str, str], may: bool
) -> None:
    answer = await api.post(f"{booked.path()}/confirm-attendance", headers=headers)
    if may:
        assert answer.status_code == 200, answer.text
    else:
        problem(answer, 403, "forbidden")
    assert (booked.row()["client_confirmed_at"] is not None) == may
    # To look at it is allowed from everywhere: that is how one comes from a mail program.
    assert (await api.get(booked.path(), headers=headers)).status_code == 200


async def test_whoever_else_is_signed_in_makes_no_difference(
    api: Api, make: Make, booked: Booked
) -> None:
    for user in (make.client(), make.admin()):
        await api.post(f"{booked.path()}/confirm-attendance", user)
        assert booked.audit()[-1]["actor"]["id"] == str(booked.client.id)


async def test_no_link_acts_when_it_is_fetched(
    api: Api, make: Make, booked: Booked, links: Links
) -> None:
    """As a mail scanner does: every link, twice, with GET and HEAD."""
    token = booked.path().rpartition("/")[2]
    unsubscribe = links.unsubscribe_url(booked.client.id)
    paths = [
        *(f"/m/{token}", f"/api/v1/manage/{token}", f"/api/v1/manage/{token}/cancel"),
        *(f"/api/v1/manage/{token}/confirm-attendance", f"/api/v1/manage/{token}/reschedule"),
        f"/u/{unsubscribe.rpartition('/')[2]}",
    ]
    before = snapshot(make)
    for path in paths:
        for method in ("GET", "HEAD", "GET"):
            answer = await api.client.request(method, path, headers={"Accept": "text/html"})
            assert answer.status_code in (200, 404, 405), (method, path)
            assert "set-cookie" not in answer.headers
    assert snapshot(make) == before
