"""The Pusher-compatible service, through the official client (SPEC §5)."""

import sys
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from holdfast.kernel.db import Row

PREFIX = "private-"
TIMEOUT_SECONDS = 5
# Limits of the protocol: events in one request, and the size of one.
BATCH_EVENTS = 10
MAXIMUM_DATA_BYTES = 10_240


class Service:
    """The service behind HOLDFAST_PUSHER_URL (`https://KEY:SECRET@HOST:PORT/apps/ID`)."""

    def __init__(self, url: str) -> None:
        # Imported where needed: few servers do, and it takes a while.
        from pusher import Pusher
        from pusher.errors import PusherBadRequest

        self._refusal = PusherBadRequest
        parts = urlsplit(url)
        is_tls = parts.scheme == "https"
        self._client = Pusher(
            app_id=parts.path.rpartition("/")[2],
            key=unquote(parts.username or ""),
            secret=unquote(parts.password or ""),
            host=parts.hostname,
            port=parts.port or (443 if is_tls else 80),
            ssl=is_tls,
            timeout=TIMEOUT_SECONDS,
        )

    def authorise(self, channel_name: str, socket_id: str) -> dict[str, Any]:
        """What lets this socket into this private channel: `{auth}`.

        Raises:
            ValueError: not a socket id, or not a channel name.
        """
        return self._client.authenticate(channel=channel_name, socket_id=socket_id)

    def send(self, rows: list[Row]) -> int:
        """Send up to BATCH_EVENTS events of the log, in order; blocks -> how many were refused for
        good, which are left out.

        Args:
            rows: channel, type, data (the event's JSON text).
        Raises:
            Exception: the service cannot be reached, or refuses the credentials.
        """
        batch = [_event(row) for row in rows]
        try:
            self._client.trigger_batch(batch)
        except self._refusal:
            if len(rows) == 1:
                return 1
            return sum(self.send([row]) for row in rows)
        return 0


def _event(row: Row) -> dict[str, Any]:
    return {"channel": PREFIX + row["channel"], "name": row["type"], "data": _data(row["data"])}


def _data(text: str) -> str:
    """The event, without what changed where it is too large: the receiver fetches again."""
    if len(text.encode()) <= MAXIMUM_DATA_BYTES and sys.getsizeof(text) <= MAXIMUM_DATA_BYTES:
        return text
    event = orjson.loads(text)
    return orjson.dumps({**event, "updates": {}, "tooLarge": True}).decode()
