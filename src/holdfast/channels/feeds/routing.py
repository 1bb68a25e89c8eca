"""What the routes of calendar feeds have in common."""

from holdfast.http.route import api_router
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.channels.feeds")
FEEDS_OF_USER = 20

router = api_router("/calendar-feeds", "calendars")
public_router = api_router("/feeds", "calendars")
