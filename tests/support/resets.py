"""The links that set a new password, as the mails that wait would bring them."""

from pydantic import SecretStr

from holdfast.config import Settings
from holdfast.http.sealing import seal_of
from tests.support.make import SECRET_KEY, Make


def reset_secrets(make: Make) -> list[str]:
    """The secrets in the mails that were planned, the oldest first."""
    seal = seal_of(Settings(secret_key=SecretStr(SECRET_KEY)), "password resets")
    rows = make.all(
        "SELECT id, sealed FROM deliveries WHERE purpose = 'password_reset' AND sealed IS NOT NULL "
        "ORDER BY number"
    )
    opened = [seal.open_for(row["id"], row["sealed"]) for row in rows]
    return [secret.decode() for secret in opened if secret is not None]
