"""Failure reports of mail servers (`message/rfc822`), signed by their envelope address."""

from holdfast.channels.email.bounces import receive_bounce
from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.kernel.errors import not_found

SOURCE = "mail"


async def receive(db: Database, settings: Settings, body: bytes) -> str:
    """Note what a report says; `bad_signature` when no address in it is one that we made.

    Raises:
        Refusal: `not_found` where no reports are awaited.
    """
    if settings.bounce_address is None:
        raise not_found("way to report")
    return await receive_bounce(db, settings, body)
