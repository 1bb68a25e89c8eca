"""Sends SMS, at most five a second, to verified numbers only."""

import asyncio
import logging

from holdfast.channels.phones.codes import QUERIES as NUMBERS
from holdfast.channels.phones.codes import code_seal
from holdfast.channels.sms.gateway import gateway_of, meaning_of
from holdfast.config import Settings
from holdfast.deliveries.model import Channel, Claimed, HandOver, Outcome
from holdfast.deliveries.outbound import Outbound, OutboundError
from holdfast.kernel.db import Database, fetch_one
from holdfast.kernel.sql import Queries
from holdfast.notifications.message.compose import Composer
from holdfast.notifications.templates.sms_text import fitted

QUERIES = Queries("holdfast.channels.sms")
TURN_SECONDS = 0.2

log = logging.getLogger("holdfast.sms")


class SmsSender:
    """Posts to the gateway of `HOLDFAST_SMS_URL`; without one, a demo only writes the messages.

    The pace is kept in the database, so it is the same for any number of processes. In each of them
    at most five messages wait for their turn.
    """

    channel: Channel = "sms"
    lane_room = 5
    process_room = 5

    def __init__(self, settings: Settings, db: Database, outbound: Outbound) -> None:
        self._db = db
        self._outbound = outbound
        self._composer = Composer(db, settings)
        self._codes = code_seal(settings)
        url = settings.sms_url
        self._gateway = gateway_of(url.get_secret_value(), settings.base_url) if url else None

    async def send(self, delivery: Claimed, hand_over: HandOver) -> Outcome:
        """Raises as `Sender.send`."""
        number = await self._number(delivery)
        if number is None:
            return Outcome("suppressed", reason="no_address")
        more = None
        if delivery.purpose == "phone_code":
            code = self._codes.open_for(delivery.id, delivery.sealed or b"")
            if code is None:
                return Outcome("refused", code="code_unreadable", is_lane_fault=None)
            more = {"code": code.decode()}
        composed = await self._composer.compose(delivery, more=more)
        if composed is None:
            return Outcome("suppressed", reason="no_address")
        text = fitted(composed.rendered.text)
        if self._gateway is None:
            await hand_over()
            if more is not None:
                log.info("SMS to %s: %s", number, text)  # a demo's log stands for a telephone
            return Outcome("sent", reason="demo")
        headers, body = self._gateway.request(number, text)
        await self._wait_for_turn(delivery.lane)
        await hand_over()
        try:
            answer = await self._outbound.request(
                "POST", self._gateway.url, headers=headers, body=body
            )
        except OutboundError as error:
            # Whoever may have got it is asked no second time.
            result = "unknown" if error.was_sent else "failed"
            return Outcome(result, code=error.trouble, excerpt=str(error), is_lane_fault=True)
        said = meaning_of(answer)
        if said.has_stopped:
            await self._note_stop(delivery, number)
        return said.outcome

    async def _number(self, delivery: Claimed) -> str | None:
        parameters = {"user_id": delivery.user_id, "delivery_id": delivery.id}
        row = await self._db.run(lambda c: fetch_one(c, NUMBERS.number_to_send_to, parameters))
        return row["address"] if row else None

    async def _wait_for_turn(self, lane: str) -> None:
        parameters = {"lane": lane, "seconds": TURN_SECONDS}
        row = await self._db.run(lambda c: fetch_one(c, QUERIES.take_turn, parameters))
        assert row is not None
        await asyncio.sleep(row["seconds"])

    async def _note_stop(self, delivery: Claimed, number: str) -> None:
        parameters = {"user_id": delivery.user_id, "number": number}
        await self._db.run(lambda c: c.execute(NUMBERS.stop_number, parameters))
