"""Sends webhooks: one POST for each event and endpoint (SPEC-deliveries §5)."""

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from holdfast.channels.webhooks.catalogue import EVENT_TYPES
from holdfast.channels.webhooks.signing import key_of, signature
from holdfast.config import Settings
from holdfast.deliveries.batch import Batch
from holdfast.deliveries.model import Channel, Claimed, HandOver, Outcome
from holdfast.deliveries.outbound import Answer, Outbound, OutboundError
from holdfast.deliveries.retry_after import retry_after
from holdfast.events.cloudevents import CONTENT_TYPE, data_of, event_body, trial_body
from holdfast.http.sealing import Seal, seal_of
from holdfast.kernel.db import Database, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.channels.webhooks")
PURPOSE = "webhook secrets"
GONE = 410


class WebhookSender:
    """Sends what `deliveries` of the channel `webhook` stand for."""

    channel: Channel = "webhook"
    lane_room = 8
    process_room = 64

    def __init__(self, settings: Settings, db: Database, outbound: Outbound) -> None:
        self._source = settings.base_url
        self._sends_mail = settings.smtp_url is not None
        self._db = db
        self._outbound = outbound
        self._seal = seal_of(settings, PURPOSE)
        self._load = Batch(self._load_all)
        self._key = lru_cache(maxsize=1000)(self._opened)

    async def send(self, delivery: Claimed, hand_over: HandOver) -> Outcome:
        """Ask the endpoint once. A 2xx is success; a redirect is none."""
        row = await self._load(delivery.id)
        if row is None:
            return Outcome("refused", code="endpoint_gone", is_lane_fault=None)
        request = self._request(delivery, row)
        if isinstance(request, Outcome):
            return request
        headers, body = request
        await hand_over()
        try:
            answer = await self._outbound.request("POST", row["url"], headers=headers, body=body)
        except OutboundError as error:
            # Not `unknown`: a repetition has the same id, so it does no harm, and waits its turn.
            outcome = Outcome("failed", code=error.trouble, excerpt=str(error), is_lane_fault=True)
        else:
            outcome = _outcome(answer)
        if outcome.result != "sent" and delivery.purpose != "test":
            await self._consider_giving_up(delivery, outcome)
        return outcome

    def _request(self, delivery: Claimed, row: Row) -> tuple[dict[str, str], bytes] | Outcome:
        assert delivery.endpoint_id is not None
        keys = [
            self._key(delivery.endpoint_id, bytes(sealed))
            for sealed in (row["secret_sealed"], row["previous_secret_sealed"])
            if sealed is not None
        ]
        if not keys or keys[0] is None:
            return Outcome("refused", code="secret_unreadable", is_lane_fault=None)
        if delivery.purpose == "test":
            message_id, body = self._trial(delivery)
        elif row["type"] is None:
            return Outcome("refused", code="event_gone", is_lane_fault=None)
        else:
            message_id, body = self._event(delivery, row)
        now = int(time.time())
        headers = {
            "Content-Type": CONTENT_TYPE,
            "webhook-id": message_id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(
                [key for key in keys if key is not None], message_id, now, body
            ),
        }
        if row["previous_dead"] is not None:
            headers["webhook-previous-dead"] = f"evt_{row['previous_dead']}"
        return headers, body

    def _event(self, delivery: Claimed, row: Row) -> tuple[str, bytes]:
        assert delivery.position is not None
        body = event_body(
            source=self._source,
            position=delivery.position,
            type=row["type"],
            topic=row["topic"],
            key=row["key"],
            at=row["at"],
            data=data_of(row["topic"], row["payload"], row["timezone"]),
        )
        return f"evt_{delivery.position}", body

    def _trial(self, delivery: Claimed) -> tuple[str, bytes]:
        known = EVENT_TYPES.get(delivery.event_type or "", EVENT_TYPES["webhook.test"])
        message_id = f"evt_test_{delivery.id.hex}"
        body = trial_body(
            source=self._source,
            id=message_id.removeprefix("evt_"),
            type=known.name,
            at=delivery.created_at,
            data=known.example,
        )
        return message_id, body

    def _opened(self, endpoint_id: UUID, sealed: bytes) -> bytes | None:
        plain = self._seal.open_for(endpoint_id, sealed)
        return key_of(plain.decode()) if plain is not None else None

    async def _consider_giving_up(self, delivery: Claimed, outcome: Outcome) -> None:
        parameters = {
            "id": delivery.endpoint_id,
            "reason": "gone" if outcome.code == str(GONE) else "failing",
            "sends_mail": self._sends_mail,
        }
        await self._db.run(lambda c: fetch_one(c, QUERIES.give_up, parameters))

    async def _load_all(self, ids: Sequence[UUID]) -> list[Row | None]:
        parameters = {"ids": list(ids)}
        rows = await self._db.run(lambda c: fetch_all(c, QUERIES.load, parameters))
        found: dict[UUID, Row] = {row["id"]: row for row in rows}
        return [found.get(id) for id in ids]


def secrets_seal(settings: Settings) -> Seal:
    """What seals the secrets of endpoints."""
    return seal_of(settings, PURPOSE)


def _outcome(answer: Answer) -> Outcome:
    status = answer.status
    details: dict[str, Any] = {"code": str(status), "excerpt": answer.text}
    if 200 <= status < 300:
        return Outcome("sent", **details)
    if status == GONE:
        return Outcome("refused", **details)
    return Outcome(
        "failed",
        **details,
        retry_seconds=retry_after(answer.headers.get("Retry-After")),
        is_lane_fault=status >= 500,
    )
