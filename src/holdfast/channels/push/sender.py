"""Sends push messages to the service of each browser's maker (RFC 8030)."""

from datetime import UTC, datetime

from holdfast.channels.push.message import payload, tag_of, topic_of, urgency_of
from holdfast.channels.push.subscribe import SEAL_PURPOSE
from holdfast.channels.push.subscriptions import QUERIES
from holdfast.channels.push.vapid import Vapid, vapid_of
from holdfast.config import Settings
from holdfast.deliveries.model import Channel, Claimed, HandOver, Outcome
from holdfast.deliveries.outbound import Answer, Outbound, OutboundError
from holdfast.deliveries.retry_after import retry_after
from holdfast.http.sealing import seal_of
from holdfast.kernel.db import Database, Row, fetch_one
from holdfast.notifications.message.compose import Composer

_GONE = frozenset({404, 410})
_TOO_LARGE = 413


class PushSender:
    """Encrypts for one browser and posts to its push service."""

    channel: Channel = "push"
    lane_room = 32
    process_room = 64

    def __init__(self, settings: Settings, db: Database, outbound: Outbound) -> None:
        self._db = db
        self._outbound = outbound
        self._composer = Composer(db, settings)
        self._seal = seal_of(settings, SEAL_PURPOSE)
        self._base_url = settings.base_url
        self._is_demo = settings.is_demo
        vapid = vapid_of(settings)
        assert vapid is not None, "push is set up"
        self._vapid: Vapid = vapid

    async def send(self, delivery: Claimed, hand_over: HandOver) -> Outcome:
        """Raises as `Sender.send`."""
        subscription = await self._subscription(delivery)
        if subscription is None:
            return Outcome("suppressed", reason="no_address")
        assert delivery.subscription_id is not None
        auth = self._seal.open_for(delivery.subscription_id, bytes(subscription["auth_sealed"]))
        if auth is None:
            return Outcome("refused", code="secret_unreadable", is_lane_fault=None)
        composed = await self._composer.compose(delivery)
        if composed is None:
            return Outcome("suppressed", reason="no_address")
        if self._is_demo:
            await hand_over()
            return Outcome("sent", reason="demo")
        message = payload(
            title=composed.rendered.subject or "Holdfast",
            body=composed.rendered.text.strip(),
            url=composed.links.get("appointment") or f"{self._base_url}/settings",
            tag=tag_of(delivery),
        )
        body = _encrypted(message, subscription, auth.decode())
        headers = self._headers(delivery, subscription["endpoint"])
        await hand_over()
        try:
            answer = await self._outbound.request(
                "POST", subscription["endpoint"], headers=headers, body=body
            )
        except OutboundError as error:
            return _no_answer(error)
        if answer.status in _GONE:
            await self._forget(delivery)
        return _outcome(answer)

    def _headers(self, delivery: Claimed, endpoint: str) -> dict[str, str]:
        left = int((delivery.expires_at - datetime.now(UTC)).total_seconds())
        return {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "Authorization": self._vapid.authorization(endpoint),
            "TTL": str(max(0, left)),
            "Topic": topic_of(delivery),
            "Urgency": urgency_of(delivery),
        }

    async def _subscription(self, delivery: Claimed) -> Row | None:
        parameters = {"id": delivery.subscription_id, "user_id": delivery.user_id}
        return await self._db.run(
            lambda c: fetch_one(c, QUERIES.subscription_to_send_to, parameters)
        )

    async def _forget(self, delivery: Claimed) -> None:
        parameters = {"id": delivery.subscription_id}
        await self._db.run(lambda c: c.execute(QUERIES.forget_subscription, parameters))


def _encrypted(message: bytes, subscription: Row, auth: str) -> bytes:
    # Not for everybody's start: it brings an HTTP client along, which is not used.
    from pywebpush import WebPusher

    keys = {"p256dh": subscription["p256dh"], "auth": auth}
    pusher = WebPusher({"endpoint": subscription["endpoint"], "keys": keys})
    return pusher.encode(message, content_encoding="aes128gcm")["body"]


def _no_answer(error: OutboundError) -> Outcome:
    if error.trouble == "not_allowed":
        return Outcome("refused", code=error.trouble, excerpt=str(error))
    result = "unknown" if error.was_sent else "failed"
    return Outcome(result, code=error.trouble, excerpt=str(error), is_lane_fault=True)


def _outcome(answer: Answer) -> Outcome:
    status = answer.status
    if 200 <= status < 300:
        return Outcome("sent", code=str(status))
    if status in _GONE or status == _TOO_LARGE:
        return Outcome("refused", code=str(status), excerpt=answer.text)
    return Outcome(
        "failed",
        code=str(status),
        excerpt=answer.text,
        retry_seconds=retry_after(answer.headers.get("Retry-After")),
        is_lane_fault=status >= 500,
    )
