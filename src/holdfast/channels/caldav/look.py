"""Looking for the calendar that somebody means, before a connection to it is written."""

from dataclasses import dataclass

from holdfast.channels.caldav.client import DavClient
from holdfast.channels.caldav.model import Collection, DavError
from holdfast.channels.caldav.store import check_url, no_calendar, unusable
from holdfast.deliveries.outbound import Outbound


@dataclass(frozen=True, slots=True)
class Place:
    """Where a calendar is, and who asks for it."""

    url: str
    username: str
    password: str


async def look(outbound: Outbound, place: Place) -> Collection:
    """The one calendar behind a URL. Asks the server: no transaction may be open.

    Raises:
        Refusal: `url_not_allowed`, `calendar_unreachable`, `calendar_unauthorized`, or
            `calendar_not_found` with those that there are.
    """
    check_url(outbound.guard, place.url)
    try:
        found = await DavClient(outbound, place.url, place.username, place.password).discover()
    except DavError as error:
        raise unusable(error) from None
    if len(found) != 1:
        raise no_calendar(found)
    check_url(outbound.guard, found[0].url)
    return found[0]
