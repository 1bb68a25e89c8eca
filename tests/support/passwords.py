"""One password and its hash, so that a test that signs in need not wait for a sign-up."""

from functools import cache
from typing import Any

import httpx
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from tests.support.api import Api
from tests.support.make import Make, User

PASSWORD = "correct horse battery"
NEW_PASSWORD = "staple and something else"


@cache
def hash_of(password: str) -> str:
    """With cheap parameters: what is tested is not how long it takes."""
    return PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)]).hash(password)


def password_hash() -> str:
    return hash_of(PASSWORD)


def user_with_password(make: Make, role: Any = "client", **kwargs: Any) -> User:
    """A user who can sign in with PASSWORD."""
    return make.user(role, password_hash=password_hash(), **kwargs)


async def sign_in(api: Api, user: User, password: str = PASSWORD) -> httpx.Response:
    return await api.post("/auth/signin", json={"email": user.email, "password": password})


async def tokens_of(api: Api, user: User) -> dict[str, Any]:
    """The answer of a sign-in."""
    answer = await sign_in(api, user)
    assert answer.status_code == 200, answer.text
    return answer.json()
