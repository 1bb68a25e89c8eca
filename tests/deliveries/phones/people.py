"""People with telephones, as the tests of this folder need them."""

from typing import Any
from uuid import UUID

from pydantic import SecretStr

from holdfast.channels.phones.codes import code_seal
from holdfast.config import Settings
from tests.support.make import SECRET_KEY, Make, User

NUMBER = "+491715556677"
SETTINGS = Settings(
    secret_key=SecretStr(SECRET_KEY),
    rate_limit="off",
    public_url="https://holdfast.test",
    sms_url=SecretStr("https://AC1:token@sms.test/Messages.json?from=%2B4930123"),
)


def with_phone(make: Make, number: str | None = NUMBER, user: User | None = None) -> User:
    user = user or make.client()
    make.db.execute(
        "UPDATE users SET phone = %s, phone_e164 = %s WHERE id = %s", [number, number, user.id]
    )
    return user


def with_verified_phone(make: Make, number: str = NUMBER) -> User:
    user = with_phone(make, number)
    make.db.execute(
        "INSERT INTO channel_addresses (user_id, channel, address, state) "
        "VALUES (%s, 'sms', %s, 'verified')",
        [user.id, number],
    )
    return user


def known_of(make: Make, user: User) -> dict[str, Any] | None:
    rows = make.all("SELECT * FROM channel_addresses WHERE user_id = %s", user.id)
    return rows[0] if rows else None


def codes_of(make: Make, user: User) -> list[dict[str, Any]]:
    return list(
        make.all(
            "SELECT * FROM deliveries WHERE user_id = %s AND purpose = 'phone_code' "
            "ORDER BY number",
            user.id,
        )
    )


def code_in(delivery: dict[str, Any]) -> str:
    """The code that a message carries, opened as the sender opens it."""
    id: UUID = delivery["id"]
    plain = code_seal(SETTINGS).open_for(id, bytes(delivery["sealed"]))
    assert plain is not None
    return plain.decode()


def another(code: str, by: int = 1) -> str:
    return f"{(int(code) + by) % 1_000_000:06d}"
