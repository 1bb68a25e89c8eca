"""Renders a message of a purpose for a channel: the house's words, else the built-in ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from holdfast.kernel.db import Database
from holdfast.notifications.templates import store
from holdfast.notifications.templates.builtin import Source, builtin
from holdfast.notifications.templates.layout import laid_out

if TYPE_CHECKING:
    from holdfast.notifications.templates.sandbox import Compiled

# What blocks leave that do not apply.
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is sent. subject: a mail's subject or a push message's title; html: only of a mail."""

    subject: str | None
    text: str
    html: str | None
    locale: str


@dataclass(frozen=True, slots=True)
class Template:
    """A template that is in force.

    locale: in which its words are. facility_id, version: of a house's own; built-in: None, 0.
    """

    source: Source
    locale: str
    facility_id: UUID | None = None
    version: int = 0


async def render(
    db: Database,
    purpose: str,
    channel: str,
    locale: str,
    facility_id: UUID | None,
    data: Mapping[str, Any],
) -> Rendered:
    """Render the template in force: of the facility and locale, of the facility, built in for the
    locale, built in in English.

    Args:
        data: the dictionary (docs/mail.md), as `message.dictionary` makes it.
    Raises:
        TemplateInvalidError: a house's template does not fit this message.
        LookupError: there are no words for this purpose in this channel.
    """
    template = await in_force(db, purpose, channel, locale, facility_id)
    return render_source(template.source, channel, template.locale, data)


async def in_force(
    db: Database, purpose: str, channel: str, locale: str, facility_id: UUID | None
) -> Template:
    """
    Raises:
        LookupError: there are no words for this purpose in this channel.
    """
    row = await db.run(lambda c: store.in_force(c, purpose, channel, locale, facility_id))
    if row is not None:
        source = Source(row["subject"], row["text"], row["html"])
        return Template(source, row["locale"], row["facility_id"], row["version"])
    found = builtin(purpose, channel, locale)
    if found is None:
        raise LookupError(f"there are no words for {purpose} by {channel}")
    return Template(found[1], found[0])


def render_source(source: Source, channel: str, locale: str, data: Mapping[str, Any]) -> Rendered:
    """Render a template that may not be saved yet. Raises as `render`."""
    subject = None
    if source.subject is not None:
        subject = " ".join(_compiled(source.subject, False).render(data).split())
    text = _BLANK_LINES.sub("\n\n", _compiled(source.text, False).render(data)).strip()
    html = None
    if channel == "email" and source.html is not None:
        html = laid_out(_compiled(source.html, True).render(data), locale, subject or "", data)
    return Rendered(subject, text + ("\n" if channel == "email" else ""), html, locale)


@lru_cache(maxsize=512)
def _compiled(source: str, is_html: bool) -> "Compiled":
    from holdfast.notifications.templates.sandbox import compile_part  # Jinja

    return compile_part(source, is_html=is_html)
