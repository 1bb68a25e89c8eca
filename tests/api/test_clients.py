"""Staff find clients and enter new ones, who claim their record later (SPEC §2, 4.1, 4.5)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from holdfast.accounts import clients
from holdfast.config import Settings
from holdfast.http.auth import secret_hash
from tests.support.api import Api, problem
from tests.support.appointments import appointment
from tests.support.make import SECRET_KEY, Make, User, soon
from tests.support.passwords import PASSWORD, password_hash

KURT = {"name": "Kurt Meyer", "phone": "0171 555 66 77"}
LENA = {"name": "Lena Vogt", "email": "Lena.Vogt@mail.test"}
SPELLINGS = ("01715556677", "0171 555 66 77", "5556677", "+49 171 5556677", "kurt mey", "MEYER K")


@pytest.fixture
def settings() -> Settings:
    """A demo's log stands for the mail server, without which there are no links."""
    return Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="off").for_demo()


async def found(api: Api, user: User, q: str, **query: Any) -> list[str]:
    answer = await api.get("/users", user, params={"role": "client", "q": q, **query})
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


async def entered(api: Api, user: User, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post("/users", user, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_the_desk_enters_a_caller_finds_and_books_them(api: Api, make: Make) -> None:
    place, desk = make.place(), make.operator()
    slot = make.slot(place)
    assert await found(api, desk, "kurt mey") == []
    kurt = await entered(api, desk, KURT)
    assert (kurt["role"], kurt["email"], kurt["phone"]) == ("client", None, "0171 555 66 77")
    for q in SPELLINGS:
        assert await found(api, desk, q) == ["Kurt Meyer"], q
    shown = (await api.get("/users", desk, params={"role": "client", "q": "meyer"})).json()
    assert shown["items"] == [{key: kurt[key] for key in ("id", "name", "email", "phone")}]

    start = make.db.execute("SELECT start_at FROM slots WHERE id = %s", [slot]).fetchone()
    assert start is not None
    booked = await api.book_at(desk, place, start["start_at"], userId=kurt["id"])
    assert (booked.status_code, booked.json()["status"]) == (201, "confirmed"), booked.text
    assert booked.json()["userName"] == "Kurt Meyer"
    row = make.db.execute("SELECT phone_e164, entered_by FROM users WHERE id = %s", [kurt["id"]])
    assert row.fetchone() == {"phone_e164": "+491715556677", "entered_by": desk.id}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"name": "Kurt"}, ["email", "phone"]),
        ({"name": "Kurt", "email": None, "phone": None}, ["email", "phone"]),
        ({"phone": "0171 5556677"}, ["name"]),
        ({**KURT, "name": "  "}, ["name"]),
        ({**KURT, "phone": ""}, ["phone"]),
        ({**KURT, "phone": "call me"}, ["phone"]),
        ({**KURT, "phone": "+999 12345"}, ["phone"]),
        ({**KURT, "phone": "0171 555 66 77 890 123 4"}, ["phone"]),
        ({**KURT, "email": "kurt"}, ["email"]),
        ({**KURT, "providerId": "00000000-0000-0000-0000-000000000000"}, ["providerId"]),
        ({**KURT, "role": "boss"}, ["role"]),
        ({**KURT, "notes": "x"}, ["notes"]),
    ],
)
async def test_bad_clients(api: Api, make: Make, body: dict, fields: list[str]) -> None:
    for user in (make.operator(), make.admin()):
        refused = problem(await api.post("/users", user, json=body), 422, "validation_failed")
        assert [error["field"] for error in refused["details"]["errors"]] == fields
    assert make.db.execute("SELECT FROM users WHERE role = 'client'").fetchall() == []


async def test_operators_make_neither_staff_nor_passwords(api: Api, make: Make) -> None:
    staff = {"email": "new@mail.test", "password": PASSWORD, "name": "New"}
    for user in (make.operator(), make.operator(make.place().provider_id)):
        for body in (
            {**staff, "role": "operator"},
            {**staff, "role": "admin"},
            {"name": "New", "email": "new@mail.test", "role": "operator"},
            staff,
            {**KURT, "password": PASSWORD},
        ):
            problem(await api.post("/users", user, json=body), 403, "forbidden")
    problem(await api.post("/users", make.client(), json=KURT), 403, "forbidden")
    problem(await api.post("/users", json=KURT), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "New", "role": "operator", "email": "new@mail.test"}, "password"),
        ({"name": "New", "role": "admin", "password": PASSWORD}, "email"),
        ({**KURT, "password": PASSWORD}, "email"),
    ],
)
async def test_what_an_administrator_has_to_give(
    api: Api, make: Make, body: dict, field: str
) -> None:
    refused = problem(await api.post("/users", make.admin(), json=body), 422, "validation_failed")
    assert [error["field"] for error in refused["details"]["errors"]] == [field]


async def test_a_client_without_an_address_stays_one_that_can_be_reached(
    api: Api, make: Make
) -> None:
    admin = make.admin()
    kurt = await entered(api, make.operator(), KURT)
    path = f"/users/{kurt['id']}"
    for patch, field in (
        ({"phone": None}, "phone"),
        ({"role": "operator"}, "role"),
        ({"email": None}, "email"),
        ({"phone": "0"}, "phone"),
    ):
        refused = problem(await api.patch(path, admin, json=patch), 422, "validation_failed")
        assert [error["field"] for error in refused["details"]["errors"]] == [field]
    assert (await api.get(path, admin)).json() == kurt
    changed = await api.patch(path, admin, json={"phone": "0172 5556677"})
    assert changed.status_code == 200
    assert await found(api, admin, "+491725556677") == ["Kurt Meyer"]
    given = await api.patch(path, admin, json={"email": "kurt@mail.test", "phone": None})
    assert (given.json()["email"], given.json()["phone"]) == ("kurt@mail.test", None)
    assert await found(api, admin, "01725556677") == []


async def test_an_address_belongs_to_one_client_a_number_to_a_family(api: Api, make: Make) -> None:
    desk = make.operator()
    await entered(api, desk, LENA)
    again = {"name": "Another", "email": "lena.vogt@MAIL.test"}
    problem(await api.post("/users", desk, json=again), 409, "email_taken")
    await entered(api, desk, KURT)
    await entered(api, desk, {"name": "Mia Meyer", "phone": "+49 171 5556677"})
    assert await found(api, desk, "0171 5556677") == ["Mia Meyer", "Kurt Meyer"]


async def test_one_key_enters_one_client(api: Api, make: Make) -> None:
    desk = make.operator()
    first, *others = await asyncio.gather(
        *(api.post("/users", desk, json=KURT, key="k1") for _ in range(8))
    )
    for answer in (first, *others):
        if answer.status_code != 201:
            problem(answer, 409, "idempotency_in_flight")
    again = await api.post("/users", desk, json=KURT, key="k1")
    assert again.headers["idempotency-replayed"] == "true"
    assert await found(api, desk, "kurt") == ["Kurt Meyer"]


async def test_the_record_is_claimed_by_proving_the_address(api: Api, make: Make) -> None:
    lena = await entered(api, make.operator(), LENA)
    credentials = {"email": LENA["email"], "password": PASSWORD}
    # Nothing opens it yet, and signing up does not take it over.
    problem(await api.post("/auth/signin", json=credentials), 401, "unauthenticated")
    taken = await api.post("/auth/signup", json={**credentials, "name": "Lena"})
    assert "link" in problem(taken, 409, "email_taken")["detail"]
    problem(await api.post("/auth/signin", json=credentials), 401, "unauthenticated")

    asked = await api.post("/auth/password-reset-request", json={"email": "LENA.VOGT@mail.test"})
    assert asked.status_code in (200, 202)

    def resets() -> list[Any]:
        return make.db.execute(
            "SELECT secret_hash FROM password_resets WHERE user_id = %s", [lena["id"]]
        ).fetchall()

    async with asyncio.timeout(10):
        while not resets():  # noqa: ASYNC110 (what it waits for is in the database)
            await asyncio.sleep(0)
    # What the mail says, with a secret that this test knows.
    make.db.execute(
        "UPDATE password_resets SET secret_hash = %s WHERE user_id = %s",
        [secret_hash("proof"), lena["id"]],
    )
    body = {"token": "proof", "password": PASSWORD}
    assert (await api.post("/auth/password-reset", json=body)).status_code in (200, 204)
    signed_in = await api.post("/auth/signin", json=credentials)
    assert signed_in.status_code == 200, signed_in.text
    assert signed_in.json()["user"]["id"] == lena["id"]


async def test_what_an_operator_has_to_ask_for(api: Api, make: Make) -> None:
    for user in (make.operator(), make.operator(make.place().provider_id)):
        for query in ({}, {"q": "anna"}, {"role": "operator", "q": "anna"}, {"role": "admin"}):
            problem(await api.get("/users", user, params=query), 403, "forbidden")
        for q in (None, "", "an", "  an  ", "x" * 201, "a\x00b"):
            query = {"role": "client", **({} if q is None else {"q": q})}
            refused = problem(await api.get("/users", user, params=query), 422, "validation_failed")
            assert [error["field"] for error in refused["details"]["errors"]] == ["q"]
    problem(await api.get("/users", make.client(), params={"role": "client"}), 403, "forbidden")


class Scope:
    """Two providers with a client each, and one of nobody's."""

    def __init__(self, make: Make) -> None:
        self.place, other = make.place(), make.place()
        self.provider = make.operator(self.place.provider_id)
        self.mine = client(make, "Mine Berg", "+49 30 5550001", "mine@mail.test")
        self.theirs = client(make, "Theirs Berg", "+49 30 5550002", "theirs@mail.test")
        self.nobodys = client(make, "Nobodys Berg", "030 5550003", "nobodys@mail.test")
        appointment(make, self.place, self.mine, soon(days=2))
        appointment(make, other, self.theirs, soon(days=2))


def client(make: Make, name: str, phone: str, email: str) -> User:
    user = make.client(name)
    make.db.execute(
        "UPDATE users SET phone = %s, email = %s WHERE id = %s", [phone, email, user.id]
    )
    return user


@pytest.mark.parametrize("few", [1000, 0])
async def test_a_provider_finds_their_own_clients(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(clients, "FEW", few)
    scope = Scope(make)
    for user in (make.operator(), make.admin()):
        assert set(await found(api, user, "berg")) == {"Mine Berg", "Theirs Berg", "Nobodys Berg"}
    assert await found(api, scope.provider, "berg") == ["Mine Berg"]
    assert await found(api, scope.provider, "030 555") == ["Mine Berg"]
    for q in ("theirs@mail.test", " THEIRS@mail.test", "030 5550002", "+49 (0)30 555 00 02"):
        assert await found(api, scope.provider, q) == ["Theirs Berg"], q
    assert await found(api, scope.provider, "0049305550003") == ["Nobodys Berg"]
    for q in ("theirs@mail", "theirs", "5550002", "30 5550002 berg", "theirs berg"):
        assert await found(api, scope.provider, q) == [], q
    new = await entered(api, scope.provider, {"name": "New Berg", "phone": "030 5550004"})
    assert await found(api, scope.provider, "berg") == ["New Berg", "Mine Berg"]
    # A deactivated client is not booked any more.
    make.db.execute("UPDATE users SET is_active = false WHERE id = %s", [UUID(new["id"])])
    assert await found(api, scope.provider, "berg") == ["Mine Berg"]
    assert await found(api, make.operator(), "new berg") == []


async def test_whom_a_provider_finds_exactly_can_be_booked(api: Api, make: Make) -> None:
    scope = Scope(make)
    start = soon(days=3)
    make.slot(scope.place, start)
    booked = await api.book_at(scope.provider, scope.place, start, userId=str(scope.theirs.id))
    assert booked.status_code == 201, booked.text
    assert set(await found(api, scope.provider, "berg")) == {"Mine Berg", "Theirs Berg"}


@pytest.mark.parametrize("few", [1000, 0])
async def test_pages_of_clients(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(clients, "FEW", few)
    monkeypatch.setattr("holdfast.accounts.store_find.SCAN_LIMIT", 3)
    for number in range(9):
        make.client(f"{'Anna' if number % 3 == 0 else 'Bert'} {number}")
    for user in (make.operator(), make.admin()):
        names, cursor = [], None
        while True:
            query = {"role": "client", "q": "anna", "limit": 1}
            answer = await api.get(
                "/users", user, params={**query, **({"cursor": cursor} if cursor else {})}
            )
            names += [item["name"] for item in answer.json()["items"]]
            cursor = answer.json()["nextCursor"]
            if cursor is None:
                break
        assert names == ["Anna 6", "Anna 3", "Anna 0"]


async def test_a_new_client_has_no_password_to_guess(api: Api, make: Make) -> None:
    """Not the empty one, and not the hash's absence."""
    await entered(api, make.operator(), LENA)
    for password in (" ", "null", "None", password_hash()):
        body = {"email": LENA["email"], "password": password}
        problem(await api.post("/auth/signin", json=body), 401, "unauthenticated")
        problem(await api.post("/auth/session", json=body), 401, "unauthenticated")
