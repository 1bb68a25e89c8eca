"""A number is proved by the code that was sent to it (SPEC-deliveries §3, SMS)."""

from typing import Any

import httpx
import pytest

from tests.deliveries.phones.people import (
    NUMBER,
    another,
    code_in,
    codes_of,
    known_of,
    with_phone,
    with_verified_phone,
)
from tests.support.api import Api, problem
from tests.support.make import Make, User


async def ask(api: Api, user: User, **kwargs: Any) -> httpx.Response:
    return await api.post(f"/users/{user.id}/phone-verification", user, json={}, **kwargs)


async def type_in(api: Api, user: User, code: str) -> httpx.Response:
    return await api.put(f"/users/{user.id}/phone-verification", user, json={"code": code})


async def test_the_code_that_was_sent_proves_the_number(api: Api, make: Make) -> None:
    user = with_phone(make)
    answer = await ask(api, user)
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert (body["address"], body["state"], body["triesLeft"]) == (NUMBER, "unverified", 5)
    [delivery] = codes_of(make, user)
    assert (delivery["channel"], delivery["lane"], delivery["state"]) == ("sms", "sms", "pending")
    seconds = (delivery["expires_at"] - delivery["due_at"]).total_seconds()
    assert seconds == 600
    code = code_in(delivery)
    assert code.isdigit()
    assert len(code) == 6
    for _ in range(2):  # once more: its answer may have been lost
        answer = await type_in(api, user, f"{code[:3]} {code[3:]}")
        assert (answer.status_code, answer.json()) == (200, {"state": "verified"})
    known = known_of(make, user)
    assert known is not None
    assert (known["address"], known["state"]) == (NUMBER, "verified")
    problem(await ask(api, user), 409, "phone_verified")


async def test_the_code_is_nowhere_to_be_read(api: Api, make: Make) -> None:
    user = with_phone(make)
    answer = await ask(api, user)
    [delivery] = codes_of(make, user)
    code = code_in(delivery)
    dump = str(make.all("SELECT d::text FROM deliveries AS d")) + str(
        make.all("SELECT c::text FROM channel_addresses AS c")
    )
    assert code not in dump + answer.text


async def test_five_wrong_codes_end_it(api: Api, make: Make) -> None:
    user = with_phone(make)
    await ask(api, user)
    code = code_in(codes_of(make, user)[0])
    for left in (4, 3, 2, 1, 0):
        refused = await type_in(api, user, another(code))
        details = problem(refused, 422, "code_wrong")["details"]
        assert details["triesLeft"] == left
        assert details["errors"][0]["field"] == "code"
    problem(await type_in(api, user, code), 410, "code_expired")
    await ask(api, user)
    assert (await type_in(api, user, code_in(codes_of(make, user)[1]))).status_code == 200


async def test_the_fifth_try_may_be_right(api: Api, make: Make) -> None:
    user = with_phone(make)
    await ask(api, user)
    code = code_in(codes_of(make, user)[0])
    for by in range(1, 5):
        problem(await type_in(api, user, another(code, by)), 422, "code_wrong")
    assert (await type_in(api, user, code)).status_code == 200


async def test_a_code_ends_after_ten_minutes(api: Api, make: Make) -> None:
    user = with_phone(make)
    await ask(api, user)
    code = code_in(codes_of(make, user)[0])
    make.db.execute("UPDATE channel_addresses SET code_until = clock_timestamp()")
    problem(await type_in(api, user, code), 410, "code_expired")


async def test_a_new_code_voids_the_one_before(api: Api, make: Make) -> None:
    user = with_phone(make)
    await ask(api, user)
    first = code_in(codes_of(make, user)[0])
    await ask(api, user)
    before, after = codes_of(make, user)
    assert (before["state"], before["reason"], before["sealed"]) == ("superseded", "newer", None)
    if code_in(after) != first:
        problem(await type_in(api, user, first), 422, "code_wrong")
    assert (await type_in(api, user, code_in(after))).status_code == 200


async def test_another_number_voids_code_and_proof(api: Api, make: Make) -> None:
    user = with_phone(make)
    await ask(api, user)
    code = code_in(codes_of(make, user)[0])
    changed = await api.patch(f"/users/{user.id}", user, json={"phone": "0171 5556678"})
    assert changed.status_code == 200
    problem(await type_in(api, user, code), 410, "code_expired")
    assert make.all("SELECT delivery_objection(d) AS why FROM deliveries AS d") == [
        {"why": "newer"}
    ]
    # And back: the number is the one that the code went to.
    await api.patch(f"/users/{user.id}", user, json={"phone": NUMBER})
    assert (await type_in(api, user, code)).status_code == 200
    await api.patch(f"/users/{user.id}", user, json={"phone": "0171 5556678"})
    answer = await ask(api, user)
    assert answer.status_code == 202
    assert answer.json()["address"] == "+491715556678"


async def test_without_a_number_there_is_nothing_to_prove(api: Api, make: Make) -> None:
    user = make.client()
    problem(await ask(api, user), 409, "phone_missing")
    problem(await type_in(api, user, "123456"), 410, "code_expired")
    assert codes_of(make, user) == []


@pytest.mark.parametrize(
    "number",
    [
        "+4990012345678",  # premium rate
        "+49180512345",  # shared cost
        "+1900555123",  # possible, and nobody's
        "+99912345678",
        "+4930",
        "+448717123456",
    ],
)
async def test_numbers_that_cost_extra_or_do_not_exist_get_none(
    api: Api, make: Make, number: str
) -> None:
    user = with_phone(make, number)
    details = problem(await ask(api, user), 422, "validation_failed")["details"]
    assert details["errors"][0]["field"] == "phone"
    assert codes_of(make, user) == []


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0171 5556677", NUMBER),
        ("+49 (0) 171 / 555-66 77", NUMBER),
        ("0049 171 5556677", NUMBER),
        ("+1 650-253-0000", "+16502530000"),
        ("+41 79 123 45 67", "+41791234567"),
    ],
)
async def test_numbers_of_every_shape(api: Api, make: Make, typed: str, number: str) -> None:
    """Also in profiles from before numbers were looked at."""
    user = make.client()
    make.db.execute("UPDATE users SET phone = %s WHERE id = %s", [typed, user.id])
    assert (await ask(api, user)).json()["address"] == number
    assert make.one("SELECT phone_e164 FROM users WHERE id = %s", user.id) == {"phone_e164": number}
    code = code_in(codes_of(make, user)[0])
    assert (await type_in(api, user, code)).status_code == 200


BAD_CODES = ["", "12345", "1234567", "abcdef", 123456, None, "١٢٣٤٥٦", "12345\u0000", [], "1" * 99]


@pytest.mark.parametrize("code", BAD_CODES)
async def test_what_is_no_code_is_not_counted(api: Api, make: Make, code: Any) -> None:
    user = with_phone(make)
    await ask(api, user)
    refused = await type_in(api, user, code)
    errors = problem(refused, 422, "validation_failed")["details"]["errors"]
    assert [error["field"] for error in errors] == ["code"]
    known = known_of(make, user)
    assert known is not None
    assert known["code_tries"] == 0


async def test_nothing_else_is_taken(api: Api, make: Make) -> None:
    user = with_phone(make)
    path = f"/users/{user.id}/phone-verification"
    refused = await api.post(path, user, json={"phone": "+491700000000"})
    assert problem(refused, 422, "validation_failed")["details"]["errors"][0]["field"] == "phone"
    assert codes_of(make, user) == []


async def test_one_key_sends_one_code(api: Api, make: Make) -> None:
    user = with_phone(make)
    first, second = await ask(api, user, key="k1"), await ask(api, user, key="k1")
    assert first.content == second.content
    assert second.headers["idempotency-replayed"] == "true"
    assert len(codes_of(make, user)) == 1


async def test_others_have_no_business_with_it(api: Api, make: Make) -> None:
    user, stranger = with_phone(make), make.client()
    path = f"/users/{user.id}/phone-verification"
    problem(await api.post(path, stranger, json={}), 404, "not_found")
    problem(await api.put(path, stranger, json={"code": "123456"}), 404, "not_found")
    assert (await api.post(path, make.admin(), json={})).status_code == 202


async def test_sms_goes_to_verified_numbers_only(api: Api, make: Make) -> None:
    verified, typed = with_verified_phone(make), with_phone(make, "+491715550000")
    for user in (verified, typed):
        make.db.execute(
            "INSERT INTO deliveries (id, channel, purpose, lane, user_id, due_at, expires_at) "
            "VALUES (new_uuid_v7(), 'sms', 'confirmed', ensure_lane('sms', 'sms'), %s, "
            "clock_timestamp(), clock_timestamp() + interval '1 hour')",
            [user.id],
        )
    rows = make.all("SELECT user_id, delivery_objection(d) AS why FROM deliveries AS d")
    assert {row["user_id"]: row["why"] for row in rows} == {
        verified.id: None,
        typed.id: "no_address",
    }
