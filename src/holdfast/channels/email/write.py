"""Writes the mail of a delivery: what it says, from whom, to whom."""

from urllib.parse import urlsplit

from holdfast.accounts.resets import SEAL_PURPOSE as RESETS
from holdfast.calendars.ics import Person
from holdfast.channels.email.itip import invitation
from holdfast.channels.email.letter import Letter, Party
from holdfast.channels.email.reset import reset_links
from holdfast.config import Settings
from holdfast.deliveries.mail_server import mail_sender
from holdfast.deliveries.model import Claimed, Outcome
from holdfast.http.sealing import seal_of
from holdfast.kernel.db import Database
from holdfast.notifications.message.compose import Composed, Composer
from holdfast.notifications.message.dictionary import one_line
from holdfast.notifications.templates.builtin import TEST

# An address that was refused once may still be right: its owner asks for these.
_ASKED_FOR = ("password_reset", TEST)


class Writer:
    """Reads and renders; opens what is sealed."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._composer = Composer(db, settings)
        self._from = mail_sender(settings)
        self._host = urlsplit(settings.base_url).hostname or "localhost"
        self._base_url = settings.base_url
        self._resets = seal_of(settings, RESETS)

    async def write(self, delivery: Claimed) -> Letter | Outcome:
        """The letter; or why there is none."""
        links = None
        if delivery.purpose == "password_reset":
            links = await reset_links(self._db, self._resets, self._base_url, delivery)
            if links is None:
                return Outcome("suppressed", reason="past")
        composed = await self._composer.compose(delivery, more_links=links)
        if composed is None or not composed.facts.row["is_active"]:
            return Outcome("suppressed", reason="no_address")
        refused = self._address_objection(composed, delivery.purpose)
        return (
            Outcome("suppressed", reason=refused) if refused else self._letter(delivery, composed)
        )

    def _address_objection(self, composed: Composed, purpose: str) -> str | None:
        row = composed.facts.row
        if row["email"] is None:
            return "no_address"
        if purpose in _ASKED_FOR:
            return None
        return {"bounced": "bounced", "complained": "unsubscribed"}.get(row["address_state"])

    def _letter(self, delivery: Claimed, composed: Composed) -> Letter:
        row = composed.facts.row
        sender = Party(one_line(row["facility_name"]) or self._from.name, self._from.address)
        recipient = Party(one_line(row["user_name"]) or "", row["email"])
        return Letter(
            id=delivery.id,
            host=self._host,
            sender=sender,
            recipient=recipient,
            rendered=composed.rendered,
            reply_to=row["facility_email"],
            thread_id=delivery.appointment_id,
            invitation=invitation(
                composed.facts,
                delivery.purpose,
                Person(sender.name, sender.email),
                Person(recipient.name, recipient.email),
            ),
            unsubscribe=composed.links.get("unsubscribe"),
        )
