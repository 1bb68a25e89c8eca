"""Composes the message of a delivery to a person, for every channel that shows words."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from holdfast.config import Settings
from holdfast.deliveries.model import Claimed
from holdfast.http.sealing import Seal, seal_of
from holdfast.kernel.db import Database
from holdfast.notifications.links import links_of
from holdfast.notifications.message.dictionary import dictionary
from holdfast.notifications.message.facts import Facts, facts_of
from holdfast.notifications.templates.builtin import PRIVATE, TEST, builtin
from holdfast.notifications.templates.errors import TemplateInvalidError
from holdfast.notifications.templates.render import Rendered, render, render_source

TESTS_PURPOSE = "test messages"

log = logging.getLogger("holdfast.notifications")


@dataclass(frozen=True, slots=True)
class Composed:
    """A message with what it is about and where it leads."""

    rendered: Rendered
    facts: Facts
    links: Mapping[str, Any]


class Composer:
    """Reads what a message is about and renders the template in force, when it is sent."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._base_url = settings.base_url
        self._links = links_of(settings)
        self._tests = test_seal(settings)

    async def compose(
        self,
        delivery: Claimed,
        *,
        more: Mapping[str, Any] | None = None,
        more_links: Mapping[str, Any] | None = None,
        hidden_links: Mapping[str, Any] | None = None,
    ) -> Composed | None:
        """None when there is nobody to tell any more.

        Args:
            more: what only this purpose has (a phone_code's `code`). more_links: likewise.
            hidden_links: what stands for links that only the receiver may follow.
        """
        facts = await self._db.run(lambda c: facts_of(c, delivery))
        if facts is None:
            return None
        links = {**self.links_for(facts, delivery), **(more_links or {})}
        if hidden_links is not None:
            links |= {
                name: link
                for name, link in hidden_links.items()
                if name in links or delivery.purpose == "password_reset"
            }
        data = dictionary(facts, links, more)
        if delivery.purpose == TEST and delivery.sealed is not None:
            return Composed(self._opened(delivery), facts, links)
        # A push message may be read over a shoulder: details only for who asked for them.
        is_private = delivery.channel == "push" and not facts.row["shows_details"]
        is_private = is_private and delivery.purpose != TEST
        channel = PRIVATE if is_private else delivery.channel
        return Composed(await self._rendered(delivery.purpose, channel, facts, data), facts, links)

    async def _rendered(
        self, purpose: str, channel: str, facts: Facts, data: Mapping[str, Any]
    ) -> Rendered:
        try:
            return await render(self._db, purpose, channel, facts.locale, facts.facility_id, data)
        except TemplateInvalidError as error:
            # It fitted all samples. Somebody waits for this message: the built-in words will do.
            log.warning("the template for %s by %s: %s", purpose, channel, error.message)
        found = builtin(purpose, channel, facts.locale)
        if found is None:
            raise LookupError(f"there are no words for {purpose} by {channel}")
        return render_source(found[1], channel, found[0], data)

    def links_for(self, facts: Facts, delivery: Claimed) -> dict[str, Any]:
        """Where a message leads. The client's link opens the appointment without signing in."""
        row = facts.row
        links: dict[str, Any] = {"settings": f"{self._base_url}/settings"}
        if facts.endpoint is not None:
            links["endpoint"] = f"{self._base_url}/admin/webhooks/{facts.endpoint['id']}"
        if facts.calendar is not None:
            links["calendar"] = f"{self._base_url}/calendars"
        if facts.has_appointment:
            links["appointment"] = f"{self._base_url}/appointments/{row['appointment_id']}"
            links["book"] = f"{self._base_url}/find"
            if row["is_client"]:
                links["manage"] = self._links.manage_url(
                    row["appointment_id"], row["user_id"], row["links_version"], row["end_at"]
                )
        if delivery.purpose == "reminder" and delivery.channel == "email":
            links["unsubscribe"] = self._links.unsubscribe_url(row["user_id"])
        return links

    def _opened(self, delivery: Claimed) -> Rendered:
        assert delivery.sealed is not None
        written = self._tests.open_for(delivery.id, delivery.sealed)
        if written is None:
            raise ValueError("a test message was sealed with another secret key")
        return Rendered(**orjson.loads(written))


def test_seal(settings: Settings) -> Seal:
    """Of test messages: what somebody tries out is nobody else's to read."""
    return seal_of(settings, TESTS_PURPOSE)
