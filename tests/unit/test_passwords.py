"""Password hashing: parameters, bounds, and what it tells about accounts."""

import asyncio
import threading
import time

import pytest

from holdfast.accounts import password_rules
from holdfast.accounts.password_rules import check_not_own, clean_password
from holdfast.accounts.passwords import PasswordHasher
from holdfast.accounts.rules import clean_preferences
from holdfast.http.contact import clean_email
from holdfast.kernel.errors import Refusal


async def test_hashes_are_argon2id_with_fresh_salts() -> None:
    hasher = PasswordHasher()
    first, second = await asyncio.gather(hasher.hash("a password"), hasher.hash("a password"))
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert await hasher.matches("a password", first)
    assert not await hasher.matches("another password", first)
    assert not await hasher.matches("a password", None)
    assert not await hasher.matches("a password", "no hash at all")
    hasher.close()


async def test_no_more_hashes_at_once_than_workers_and_no_more_waiting_than_allowed() -> None:
    hasher = PasswordHasher(workers=2, max_waiting=3)
    results = await asyncio.gather(
        *(hasher.hash(f"password {number}") for number in range(8)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, Refusal)]
    assert [result for result in results if isinstance(result, str)] == results[:5]
    assert [(r.scenario, r.retry_after_seconds) for r in refused] == [("unavailable", 2)] * 3
    threads = [thread.name for thread in threading.enumerate()]
    assert sum(name.startswith("password") for name in threads) <= 2
    # What was refused has left no trace: there is room again.
    assert await hasher.hash("password")
    hasher.close()


async def test_the_event_loop_goes_on_meanwhile() -> None:
    hasher = PasswordHasher(workers=1)
    hashing = asyncio.create_task(hasher.hash("a password"))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10
    hasher.close()


async def test_an_unknown_account_is_as_much_work_as_a_known_one() -> None:
    hasher = PasswordHasher(workers=1)
    known = await hasher.hash("a password")

    async def least_work(password_hash: str | None) -> float:
        """Of the processor, whatever else the machine does."""
        times = []
        for _ in range(7):
            begun = time.process_time()
            await hasher.matches("a wrong password", password_hash)
            times.append(time.process_time() - begun)
        return min(times)

    assert 0.4 < await least_work(None) / await least_work(known) < 2.5
    hasher.close()


@pytest.mark.parametrize(
    "password",
    ["ten chars!", "ⓐⓒⓔⓕⓗⓙⓠⓧⓨⓩ", "пароль на русском", "密码密码密码密码密码", "xy" * 128],
)
def test_any_characters_make_a_password(password: str) -> None:
    assert clean_password(password)


@pytest.mark.parametrize(
    "password",
    [
        "nine char",
        "e\u0301" * 5,
        "x" * 257,
        "tab\tand more here",
        " " * 10,
        "\u3000" * 12,
        "x" * 10,
        "xXxXxXxXxX",
        "1234567890",
        "QWERTYUIOP",
        " password123 ",
        "\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10",  # in full width
    ],
)
def test_bad_passwords(password: str) -> None:
    with pytest.raises(ValueError):
        clean_password(password)


def test_the_list_has_the_most_common_passwords_in_the_form_that_is_compared() -> None:
    common = password_rules._common()
    assert 2000 < len(common) < 5000
    assert all(len(password) >= 10 for password in common)
    assert {password_rules._compared(password) for password in common} == common


@pytest.mark.parametrize(
    "password", ["kim.sample@mail.test", "KIM.SAMPLE", "Kim Annabel Sample", "kimannabelsample"]
)
def test_a_password_is_not_the_accounts_own_name(password: str) -> None:
    own = {"email": "Kim.Sample@mail.test", "name": "Kim Annabel Sample"}
    with pytest.raises(Refusal, match="new: must not be"):
        check_not_own(password, **own, field="new")
    check_not_own(password + "!", **own)
    check_not_own(password, email=None, name=None)


def test_passwords_are_normalised() -> None:
    assert clean_password("ﬁne password") == "fine password"


@pytest.mark.parametrize(
    "email",
    [" a.b+c@Example.org ", "admin@localhost", "x@demo.test", "o'neil@a-b.local", "jörg@müller.de"],
)
def test_addresses_are_only_trimmed(email: str) -> None:
    assert clean_email(email) == email.strip()


@pytest.mark.parametrize(
    "email",
    [
        "",
        "x",
        "x@",
        "@example.org",
        "a b@example.org",
        "a@b@c.org",
        "x@host",
        "x@a..b",
        ".x@a.org",
        "x@-a.org",
        "x@10.0.0.1",
        "a\u202eb@example.org",
        "a\nb@example.org",
        "x" * 65 + "@example.org",
        "x@" + "a" * 64 + ".org",
    ],
)
def test_bad_addresses(email: str) -> None:
    with pytest.raises(ValueError):
        clean_email(email)


@pytest.mark.parametrize(
    "value",
    [
        {"n": float("nan")},
        {"n": float("inf")},
        {"n": 10**30},
        {"n": 1e308},
        {"t": "\x00"},
        {"\ud800": 1},
        {"t": "x" * 1001},
        {"a": {"b": {"c": {"d": {"e": 1}}}}},
        {str(number): number for number in range(201)},
        {"list": [0] * 201},
    ],
)
def test_preferences_stay_small_and_readable(value: dict) -> None:
    with pytest.raises(ValueError):
        clean_preferences(value)


def test_preferences_may_be_any_small_object() -> None:
    value = {"theme": "dark", "n": [1, 2.5, None, True], "a": {"b": {"c": {"d": 1}}}}
    assert clean_preferences(value) == value
