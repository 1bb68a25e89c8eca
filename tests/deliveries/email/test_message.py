"""What a mail consists of (SPEC-deliveries §3, "Mail")."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import icalendar
import pytest

from holdfast.kernel.ids import new_id
from holdfast.notifications.templates.formats import Moment, locale_of
from tests.deliveries.drive import Drive
from tests.deliveries.email.conftest import Sends
from tests.deliveries.email.mail_server import MailServer, Taken, mail_server, until
from tests.support.make import Make, Place, User, soon


def calendar_of(message: EmailMessage) -> Any:
    [part] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    return part, icalendar.Calendar.from_ical(part.get_content())


def event_of(message: EmailMessage) -> Any:
    [event] = calendar_of(message)[1].walk("VEVENT")
    return event


async def mails(server: MailServer, count: int) -> list[Taken]:
    await until(lambda: len(server.taken) >= count)
    return server.taken[:count]


def cancel(make: Make, user: User, appointment: UUID) -> None:
    row = make.one(
        "SELECT outcome FROM cancel_appointment(%s, %s, '{}', NULL, NULL, false)",
        user.actor.as_parameter(),
        appointment,
    )
    assert row["outcome"] == "done"


def move(make: Make, user: User, place: Place, appointment: UUID, hours: float) -> None:
    slot, reservation = make.slot(place, soon(hours)), new_id()
    make.one(
        "SELECT outcome FROM reserve_slot(%s, %s, %s, %s, %s, %s, 120, 3)",
        user.actor.as_parameter(),
        reservation,
        slot,
        place.provider_id,
        place.service_id,
        user.id,
    )
    row = make.one(
        "SELECT outcome FROM reschedule_appointment(%s, %s, %s, '{}', NULL, NULL)",
        user.actor.as_parameter(),
        appointment,
        reservation,
    )
    assert row["outcome"] == "done"


def with_contact(make: Make, place: Place, **values: str) -> None:
    for name, value in values.items():
        query: Any = f"UPDATE facilities SET {name} = %s WHERE id = %s"
        make.db.execute(query, [value, place.facility_id])


async def test_headers_and_parts(sends: Sends, drive: Drive, make: Make) -> None:
    place, client = make.place(), make.client("Kim")
    with_contact(make, place, name="Praxis Müller", email="praxis@example.org")
    async with mail_server() as server, sends(server.url):
        appointment = make.appointment(client, place, make.slot(place))
        drive.relay()
        [taken] = await mails(server, 1)
        [delivery] = drive.deliveries()
    message = taken.message
    [sender] = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Praxis Müller", "desk@clinic.example")
    assert message["Reply-To"] == "praxis@example.org"
    assert message["Message-ID"] == f"<{delivery['id']}@book.example>"
    assert message["References"] == f"<{appointment}@book.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["List-Unsubscribe"] is None
    assert taken.raw.isascii()

    assert message.get_content_type() == "multipart/mixed"
    alternative, attached = message.iter_parts()
    assert [part.get_content_type() for part in alternative.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    part, calendar = calendar_of(message)
    assert part.get_param("method") == calendar["METHOD"] == "REQUEST"
    assert attached.get_filename() == "appointment.ics"
    assert attached.get_content() == part.get_content().encode()
    [event] = calendar.walk("VEVENT")
    assert event["UID"] == f"{appointment}@holdfast"
    assert event["SEQUENCE"] == 0
    assert event["ORGANIZER"] == "mailto:desk@clinic.example"
    attendee = event["ATTENDEE"]
    assert attendee == f"mailto:{client.email}"
    assert (attendee.params["PARTSTAT"], attendee.params["RSVP"]) == ("ACCEPTED", "FALSE")


async def test_the_same_event_as_the_calendar_file(
    sends: Sends, drive: Drive, make: Make, api: Any
) -> None:
    place, client = make.place(), make.client()
    async with mail_server() as server, sends(server.url):
        appointment = make.appointment(client, place, make.slot(place))
        drive.relay()
        [taken] = await mails(server, 1)
    answer = await api.get(f"/appointments/{appointment}/calendar.ics", client)
    [shown] = icalendar.Calendar.from_ical(answer.text).walk("VEVENT")
    event = event_of(taken.message)
    for name in ("UID", "SEQUENCE", "DTSTART", "DTEND", "DTSTAMP"):
        assert event[name] == shown[name], name


async def test_a_cancel_takes_the_event_away(sends: Sends, drive: Drive, make: Make) -> None:
    place, client, admin = make.place(), make.client(), make.admin()
    async with mail_server() as server, sends(server.url):
        appointment = make.appointment(client, place, make.slot(place))
        drive.relay()
        await mails(server, 1)
        await until(lambda: drive.deliveries(state="sent"))
        cancel(make, admin, appointment)
        drive.relay()
        first, second = await mails(server, 2)
    part, calendar = calendar_of(second.message)
    assert part.get_param("method") == calendar["METHOD"] == "CANCEL"
    before, after = event_of(first.message), event_of(second.message)
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["STATUS"] == "CANCELLED"
    assert after["ORGANIZER"] == before["ORGANIZER"]
    assert second.message["References"] == first.message["References"]
    body = second.message.get_body(("plain",))
    assert body is not None
    assert "cancelled" in second.message["Subject"].lower()
    assert "will not take place" in body.get_content()


@pytest.mark.parametrize(
    "name",
    [
        "Kim\r\nBcc: evil@example.org",
        "Kim\nSubject: won",
        'Kim "the \\ quote" <evil@example.org>',
        "Kim, evil@example.org",
        "=?utf-8?q?Kim?=",
        "Kim\u202e\u0000\u001b[31m",
        "K" * 200,
        "Ж" * 200,
    ],
)
async def test_a_name_cannot_write_headers(
    name: str, sends: Sends, drive: Drive, make: Make
) -> None:
    """Past the API's checks, which refuse most of these: both of the client and of the facility."""
    stored = name.replace("\u0000", "")
    place, client = make.place(), make.client(stored)
    with_contact(make, place, name=stored, address=stored)
    async with mail_server() as server, sends(server.url):
        make.appointment(client, place, make.slot(place))
        drive.relay()
        [taken] = await mails(server, 1)
    message = taken.message
    assert taken.recipients == [client.email]
    assert message["Bcc"] is None
    for header in ("From", "To"):
        assert len(message[header].addresses) == 1
    assert message["To"].addresses[0].addr_spec == client.email
    assert message["From"].addresses[0].addr_spec == "desk@clinic.example"
    assert len(message.get_all("Subject", [])) == 1
    assert all(len(line) <= 998 for line in taken.raw.splitlines())
    html = message.get_body(("html",))
    assert html is not None
    assert "<evil@" not in html.get_content()


async def test_addresses_outside_ascii(sends: Sends, drive: Drive, make: Make) -> None:
    place, client = make.place(), make.client()
    make.db.execute("UPDATE users SET email = 'jürgen@bücher.example' WHERE id = %s", [client.id])
    async with mail_server() as server, sends(server.url):
        make.appointment(client, place, make.slot(place))
        drive.relay()
        [taken] = await mails(server, 1)
    assert taken.recipients == ["jürgen@xn--bcher-kva.example"]


async def test_nobody_gets_mail_without_an_address(sends: Sends, drive: Drive, make: Make) -> None:
    place, client = make.place(), make.client()
    async with mail_server() as server, sends(server.url):
        make.appointment(client, place, make.slot(place))
        make.db.execute(
            "UPDATE users SET email = NULL, phone = '030 1', password_hash = NULL WHERE id = %s",
            [client.id],
        )
        drive.relay()
        await until(lambda: drive.deliveries(state="suppressed"))
    assert drive.deliveries()[0]["reason"] == "no_address"
    assert server.taken == []


async def test_two_languages(sends: Sends, drive: Drive, make: Make) -> None:
    place, client = make.place(), make.client("Kim")
    with_contact(make, place, locale="de-DE", name="Praxis")
    async with mail_server() as server, sends(server.url):
        make.appointment(client, place, make.slot(place))
        drive.relay()
        [taken] = await mails(server, 1)
    assert taken.message["Subject"].startswith("Bestätigt: ")
    text = taken.message.get_body(("plain",))
    assert text is not None
    assert "Guten Tag Kim," in text.get_content()


async def test_a_move_says_what_was_before(sends: Sends, drive: Drive, make: Make) -> None:
    """Two moves of which only the second was told: the time before both of them."""
    place, client = make.place(), make.client()
    async with mail_server() as server, sends(server.url):
        appointment = make.appointment(client, place, make.slot(place, soon(days=3)))
        drive.relay()
        await mails(server, 1)
        await until(lambda: drive.deliveries(state="sent"))
        move(make, client, place, appointment, 5)
        move(make, client, place, appointment, 8)
        drive.relay()
        first, second = await mails(server, 2)
    before, after = event_of(first.message), event_of(second.message)
    assert after["SEQUENCE"] == before["SEQUENCE"] + 2
    assert after["DTSTART"].dt > before["DTSTART"].dt - timedelta(days=3)
    text = second.message.get_body(("plain",))
    assert text is not None
    told = Moment(before["DTSTART"].dt, "Europe/Berlin", locale_of("en"))
    assert f"(before: {told.date}, {told.time}" in text.get_content()


async def test_a_reminder_can_be_unsubscribed(sends: Sends, drive: Drive, make: Make) -> None:
    place, client = make.place(), make.client()
    start = soon(hours=2, days=0)
    async with mail_server() as server, sends(server.url):
        appointment = make.appointment(client, place, make.slot(place, start))
        drive.relay()
        await mails(server, 1)
        make.db.execute(
            "INSERT INTO deliveries (id, channel, purpose, lane, user_id, appointment_id, "
            "start_at, due_at, expires_at) "
            "VALUES (%s, 'email', 'reminder', 'smtp', %s, %s, %s, now(), %s)",
            [new_id(), client.id, appointment, start, start],
        )
        _, reminder = await mails(server, 2)
    message = reminder.message
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"].strip(" <>")
    assert link.startswith("https://book.example/u/")
    html = message.get_body(("html",))
    assert html is not None
    assert link in html.get_content()
    assert "https://book.example/m/" in html.get_content()
    assert not [part for part in message.walk() if part.get_content_type() == "text/calendar"]
