"""People with telephones and browsers, as tests need them."""

import os
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from holdfast.channels.phones.codes import code_seal
from holdfast.channels.push.subscribe import SEAL_PURPOSE
from holdfast.config import Settings
from holdfast.http.sealing import seal_of
from holdfast.kernel.ids import new_id
from holdfast.kernel.p256 import base64url, new_private_key, public_text
from tests.support.make import SECRET_KEY, Make, User

NUMBER = "+491715556677"
SETTINGS = Settings(
    secret_key=SecretStr(SECRET_KEY),
    rate_limit="off",
    public_url="https://holdfast.test",
    notify_delay_seconds=0,
    quiet_hours="off",
    vapid_private_key=SecretStr(new_private_key()),
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


@dataclass
class Browser:
    """What a browser keeps of a subscription, and how it reads what comes."""

    endpoint: str = field(default_factory=lambda: f"https://push.test/send/{new_id()}")
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def subscription(self) -> dict[str, Any]:
        """As `PushSubscription.toJSON()` gives it."""
        keys = {"p256dh": public_text(self.key), "auth": base64url(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self, body: bytes) -> bytes:
        """What was encrypted for this browser."""
        return http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )


def browser() -> dict[str, Any]:
    """A new browser's subscription."""
    return Browser().subscription


def with_browser(make: Make, user: User, browser: Browser | None = None) -> UUID:
    """A subscription of this user; its id."""
    browser = browser or Browser()
    id = uuid5(user.id, browser.endpoint)
    keys = browser.subscription["keys"]
    sealed = seal_of(SETTINGS, SEAL_PURPOSE).close_for(id, keys["auth"].encode())
    make.db.execute(
        "INSERT INTO push_subscriptions (id, user_id, endpoint, p256dh, auth_sealed) "
        "VALUES (%s, %s, %s, %s, %s)",
        [id, user.id, browser.endpoint, keys["p256dh"], sealed],
    )
    return id
