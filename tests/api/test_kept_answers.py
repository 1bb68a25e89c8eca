"""Kept answers are sealed: they are given again, and are of no use to who reads the database."""

from typing import Any

import httpx
import pytest

from holdfast.http.sealing import Seal
from tests.support.api import Api, problem
from tests.support.make import Make, Place, User


def wanted(place: Place, slot_id: Any) -> dict[str, str]:
    return {
        "providerId": str(place.provider_id),
        "serviceId": str(place.service_id),
        "timeslotId": str(slot_id),
    }


async def reserve(api: Api, user: User, place: Place, slot_id: Any) -> httpx.Response:
    return await api.post("/reservations", user, key="k1", json=wanted(place, slot_id))


async def test_a_kept_reservation_is_sealed_and_answered_byte_for_byte(
    api: Api, make: Make
) -> None:
    place, client = make.place(), make.client()
    slot_id = make.slot(place)
    first = await reserve(api, client, place, slot_id)
    assert first.status_code == 201, first.text
    token = first.json()["reservationToken"]
    kept = make.one("SELECT is_sealed, headers, body FROM idempotency_records")
    assert kept["is_sealed"]
    assert kept["headers"] == {}
    assert token.encode() not in bytes(kept["body"])
    # The reservation is over by now; its answer stays what it was.
    assert (await api.delete(f"/reservations/{token}", client)).status_code == 204
    again = await reserve(api, client, place, slot_id)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"


async def test_with_another_secret_key_a_key_is_spent_and_nothing_is_done_twice(
    api: Api, make: Make
) -> None:
    place, client = make.place(), make.client()
    appointment = await api.booked(client, place, make.slot(place))
    path = f"/appointments/{appointment['id']}/share"
    assert (await api.post(path, client, key="k1")).status_code == 201
    make.db.execute("UPDATE idempotency_records SET body = %s WHERE key = 'k1'", [foreign_seal()])
    problem(await api.post(path, client, key="k1"), 422, "idempotency_key_reused")
    # What a migration has emptied.
    make.db.execute("UPDATE idempotency_records SET body = '' WHERE key = 'k1'")
    problem(await api.post(path, client, key="k1"), 422, "idempotency_key_reused")
    assert make.one("SELECT count(*) AS n FROM appointment_shares")["n"] == 1
    assert (await api.post(path, client, key="k2")).status_code == 201


def foreign_seal() -> bytes:
    return Seal("another-secret-key-that-is-long-enough", "kept answers").close(b"{}\n{}")


@pytest.mark.parametrize("purpose", ["kept answers", "something else"])
def test_a_seal_opens_only_what_it_made(purpose: str) -> None:
    ours = Seal("a-secret-key-for-tests-that-is-long-enough", "kept answers")
    sealed = ours.close(b"secret")
    assert b"secret" not in sealed
    assert ours.open(sealed) == b"secret"
    assert ours.close(b"secret") != sealed, "equal answers do not look equal"
    other = Seal("another-secret-key-for-tests-long-enough", purpose)
    assert other.open(sealed) is None
    damaged = bytearray(sealed)
    damaged[20] ^= 1
    assert ours.open(bytes(damaged)) is None
    assert ours.open(b"") is None


async def test_the_action_log_keeps_no_token(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    slot_id = make.slot(place)
    token = (await api.reserve(client, place, slot_id)).json()["reservationToken"]
    await api.post(f"/reservations/{token}/extend", client)
    await api.delete(f"/reservations/{token}", client)
    await api.delete(f"/reservations/{token}x", client)
    items = (await api.get(f"/users/{client.id}/actions", client)).json()["items"]
    assert [item["target"].removeprefix("/api/v1") for item in items] == [
        "/reservations/{token}",
        "/reservations/{token}",
        "/reservations/{token}/extend",
        "/reservations",
    ]
