"""What is written can be read again by the standard library, whatever stands in it."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.channels.email.itip import Invitation
from holdfast.channels.email.letter import Envelope, Letter, Party, sealed_in
from holdfast.channels.email.mime import address_header, header
from holdfast.kernel.ids import new_id
from holdfast.notifications.message.dictionary import one_line
from holdfast.notifications.templates.render import Rendered

# What the database holds: no surrogates and no zero.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300)


def written(
    name: str, subject: str, text: str, calendar: bytes = b"BEGIN:VCALENDAR\r\n"
) -> Envelope:
    letter = Letter(
        id=new_id(),
        host="book.example",
        sender=Party(name, "desk@clinic.example"),
        recipient=Party(name, "kim@example.test"),
        rendered=Rendered(subject, text, f"<p>{text}</p>", "en"),
        reply_to="praxis@example.org",
        thread_id=new_id(),
        invitation=Invitation("REQUEST", calendar),
        unsubscribe="https://book.example/u/" + "x" * 80,
    )
    return sealed_in(letter, "bounces@clinic.example")


def read(envelope: Envelope) -> EmailMessage:
    message = message_from_bytes(envelope.content, EmailMessage, policy=default)
    assert not message.defects
    return message


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_names_subjects_and_texts_come_back(name: str, subject: str, text: str) -> None:
    # As names are cleaned, and subjects where they are rendered.
    name = one_line(name) or ""
    subject = " ".join((one_line(subject) or "").split())
    message: Any = read(written(name, subject, text))
    assert " ".join(message["Subject"].split()) == subject
    [sender] = message["From"].addresses
    assert sender.addr_spec == "desk@clinic.example"
    # The parser keeps the space between two encoded words of a name, which RFC 2047 drops.
    assert "".join(sender.display_name.split()) == "".join(name.split())
    [recipient] = message["To"].addresses
    assert recipient.addr_spec == "kim@example.test"
    assert message["Reply-To"].addresses[0].addr_spec == "praxis@example.org"
    assert message.get("Bcc") is None
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    plain = message.get_body(("plain",)).get_content()
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    told = plain.replace("\r\n", "\n")
    assert told.rstrip("\n").split("\n") == lines.rstrip("\n").split("\n")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_the_calendar_arrives_byte_for_byte(content: bytes) -> None:
    attached = list(read(written("Kim", "s", "t", content)).iter_attachments())
    assert attached[-1].get_content() == content


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_only_ascii_and_short_lines_go_over_the_wire(name: str, text: str) -> None:
    raw = written(one_line(name) or "", one_line(name) or "", text).content
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


@pytest.mark.parametrize("value", ["a\r\nBcc: x@y", "a\nb", "a\rb", "a\0b", "a\x1bb", "a\x7f"])
def test_a_control_character_is_refused(value: str) -> None:
    for call in (
        lambda: header("Subject", value),
        lambda: address_header("From", value, "a@b.example"),
        lambda: address_header("From", "Kim", value),
    ):
        with pytest.raises(ValueError, match="control characters"):
            call()


def test_an_address_outside_ascii_needs_smtputf8() -> None:
    letter = Letter(
        id=new_id(),
        host="book.example",
        sender=Party("", "desk@clinic.example"),
        recipient=Party("Jürgen", "jürgen@bücher.example"),
        rendered=Rendered("s", "t", None, "en"),
    )
    envelope = sealed_in(letter, "desk@clinic.example")
    assert envelope.needs_unicode
    assert envelope.recipient == "jürgen@xn--bcher-kva.example"
    assert "jürgen@xn--bcher-kva.example" in envelope.content.decode()
    assert abs((datetime.now(UTC) - read(envelope)["Date"].datetime).total_seconds()) < 60
