"""Wire models of message templates, and how an address names one."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Path, Query
from pydantic import AfterValidator, Field, StringConstraints

from holdfast.catalogue.schemas import LOCALE_PATTERN
from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import Id, Instant, Version, WireModel, clean_text, one_line_text
from holdfast.kernel.errors import not_found
from holdfast.notifications.templates.builtin import Source, exists

Channel = Literal["email", "sms", "push"]
Subject = Annotated[
    str,
    StringConstraints(max_length=500),
    AfterValidator(clean_text),
    AfterValidator(one_line_text),
    Field(description="A mail's subject or a push message's title."),
]
Text = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(clean_text)]
Html = Annotated[
    str,
    StringConstraints(max_length=50_000),
    AfterValidator(clean_text),
    Field(description="Only of mail; without it a mail has only text."),
]


class TemplatePlace(WireModel):
    """Which message, for whom: of one facility, or of all."""

    purpose: str
    channel: Channel
    locale: str
    facility_id: UUID | None

    @property
    def key(self) -> dict[str, Any]:
        return self.model_dump()


async def place_of(
    purpose: Annotated[str, Path(max_length=40, examples=["confirmed"])],
    channel: Annotated[str, Path(max_length=10, examples=["email"])],
    locale: Annotated[str, Path(max_length=35, pattern=LOCALE_PATTERN, examples=["de"])],
    facility_id: Annotated[
        UUID | None, Query(alias="facilityId", description="of one facility; else of all")
    ] = None,
) -> TemplatePlace:
    if not exists(purpose, channel):
        raise not_found("message template")
    return TemplatePlace.model_validate(
        {"purpose": purpose, "channel": channel, "locale": locale, "facilityId": facility_id}
    )


InPlace = Annotated[TemplatePlace, Depends(place_of)]


class Words(WireModel):
    """What a template says; see docs/mail.md for the names that it may use."""

    subject: Subject | None = None
    text: Text
    html: Html | None = None


class PutTemplate(Words):
    """A house's own words, as a whole."""

    version: Version | None = None


class PreviewRequest(KeyedRequest):
    """Words to try; without `text` those in force."""

    subject: Subject | None = None
    text: Text | None = None
    html: Html | None = None


class WordsFrom(WireModel):
    """Whose words are in force."""

    locale: str
    facility_id: Id | None
    is_built_in: bool


class MessageTemplate(WireModel):
    """The words in force for a message.

    `version` is that of the words saved for exactly this locale and facility; 0 while there are
    none and others stand in (`from`).
    """

    purpose: str
    channel: Channel
    locale: str
    facility_id: Id | None
    subject: str | None
    text: str
    html: str | None
    version: int
    updated_at: Instant | None
    taken_from: Annotated[WordsFrom, Field(alias="from")]


class TemplateEntry(WireModel):
    """A message for which a house may have its own words.

    `saved`: where it has some, with their versions.
    """

    purpose: str
    channel: Channel
    built_in_locales: list[str]
    saved: list["SavedPlace"]


class SavedPlace(WireModel):
    """A locale and facility for which words were saved."""

    locale: str
    facility_id: Id | None
    version: int
    updated_at: Instant


class TemplateList(WireModel):
    """All messages that can be worded anew."""

    items: list[TemplateEntry]
    next_cursor: None = None


class Preview(WireModel):
    """A made-up message as the template shows it.

    `sample`: usual, elsewhere (the client is in another time zone), plain (little is known), staff.
    `segments`, `encoding`: of an SMS.
    """

    sample: str
    subject: str | None
    text: str
    html: str | None
    encoding: Literal["GSM-7", "UCS-2"] | None
    segments: int | None


class Previews(WireModel):
    """Every sample that the template was tried on."""

    items: list[Preview]
    next_cursor: None = None


class TestSent(WireModel):
    """The message to oneself that is on its way."""

    delivery_id: Id


def source_of(words: Words, channel: str) -> Source:
    return Source(words.subject, words.text, words.html if channel == "email" else None)


def template_document(
    place: TemplatePlace,
    source: Source,
    taken_from: dict[str, Any],
    version: int,
    updated_at: datetime | None,
) -> dict[str, Any]:
    return {
        "purpose": place.purpose,
        "channel": place.channel,
        "locale": place.locale,
        "facilityId": place.facility_id,
        "subject": source.subject,
        "text": source.text,
        "html": source.html,
        "version": version,
        "updatedAt": updated_at,
        "from": taken_from,
    }
