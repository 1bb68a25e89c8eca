"""What the routes of this folder share: the statements, and which channels are set up."""

from holdfast.config import Settings
from holdfast.deliveries.model import Channel
from holdfast.kernel.sql import Queries

FIND = Queries("holdfast.deliveries", "find.sql")
STEER = Queries("holdfast.deliveries", "steer.sql")
# Counting ends here: nobody needs to know whether ten or twenty thousand were sent.
COUNT_LIMIT = 10_000


def configured_channels(settings: Settings) -> list[Channel]:
    """The channels that a worker with these settings has a sender for."""
    found: list[Channel] = []
    if settings.smtp_url or settings.is_demo:
        found.append("email")
    if settings.sms_url or settings.is_demo:
        found.append("sms")
    if settings.vapid_private_key:
        found.append("push")
    found.append("webhook")
    found.append("caldav")
    return found
