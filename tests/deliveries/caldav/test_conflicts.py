"""Who else writes to the calendar (docs/calendars.md, "Push": the table), on both servers."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from holdfast.calendars.ics import uid
from tests.deliveries.caldav.pushing import Calendar
from tests.support.make import soon

ALARM = ("BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Wake", "TRIGGER:-PT5M", "END:VALARM")
MAIL_ALARM = (
    *("BEGIN:VALARM", "ACTION:EMAIL", "SUMMARY:s", "DESCRIPTION:d", "TRIGGER:-PT5M"),
    *("ATTENDEE:mailto:somebody@example.org", "END:VALARM"),
)
THEIRS = ("CATEGORIES:Red,Blue", "COLOR:teal", "X-THEIRS;P=1:kept\\, really", *ALARM)
# What somebody adds, and whether it is there after the next change of the appointment.
ADDED = {
    "alarm": (ALARM, "TRIGGER:-PT5M", True),
    "categories": (("CATEGORIES:Red,Blue",), "CATEGORIES:Red,Blue", True),
    "colour": (("COLOR:teal",), "COLOR:teal", True),
    "an X- property": (("X-THEIRS;P=1:kept",), "X-THEIRS;P=1:kept", True),
    "a mail alarm": (MAIL_ALARM, "ATTENDEE", False),
    "a repetition": (("RRULE:FREQ=DAILY;COUNT=3",), "FREQ=DAILY", False),
    "a comment": (("COMMENT:gone",), "COMMENT", False),
    "a megabyte": (("COMMENT:" + "x" * 1_000_000,), "COMMENT", False),
}


async def test_a_booking_is_in_the_calendar(calendar: Calendar) -> None:
    booked = await calendar.book()
    event = calendar.event(booked)
    assert str(event["UID"]) == uid(booked["id"])
    assert event["SEQUENCE"] == 0
    assert str(event["SUMMARY"]) == f"{booked['serviceTitle']}: Kim Weber"
    assert event.decoded("DTSTART") == datetime.fromisoformat(booked["start"])
    assert event.decoded("DTEND") == datetime.fromisoformat(booked["end"])
    text = calendar.text(booked) or ""
    for never in ("METHOD", "ORGANIZER", "ATTENDEE", "VALARM", "@example.test"):
        assert never not in text
    known = calendar.known(booked)
    assert known is not None
    assert known["etag"] == calendar.server.etag(calendar.at(booked))


async def test_a_request_is_not_there_until_it_is_accepted(calendar: Calendar) -> None:
    client = calendar.make.client("Kim Weber")
    asked = await calendar.api.book_at(client, calendar.place, soon(3), ifUnavailable="request")
    assert asked.status_code == 201, asked.text
    request = asked.json()
    assert request["status"] == "requested"
    assert await calendar.pusher.run() == ["absent"]
    slot = calendar.make.slot(calendar.place, soon(3))
    path = f"/appointments/availability/slots/{slot}/accept-appointment"
    body = {"appointmentId": request["id"]}
    accepted = await calendar.api.post(path, calendar.provider, json=body)
    assert accepted.status_code == 200, accepted.text
    assert await calendar.pusher.run() == ["201"]
    assert calendar.event(request).decoded("DTSTART") == datetime.fromisoformat(request["start"])


async def test_what_changes_here_changes_there(calendar: Calendar) -> None:
    booked = await calendar.book()
    moved = await calendar.move(booked)
    assert len(await calendar.pusher.run()) == 1
    event = calendar.event(booked)
    assert event.decoded("DTSTART") == datetime.fromisoformat(moved["start"])
    assert event["SEQUENCE"] == 1
    assert calendar.mails("calendar_conflict") == []


async def test_equal_content_is_not_written(calendar: Calendar) -> None:
    booked = await calendar.book()
    etag = calendar.server.etag(calendar.at(booked))
    await patch(calendar, booked, notes="nobody sees that there")
    assert await calendar.pusher.run() == ["unchanged"]
    synced = await calendar.api.post(f"{calendar.path}/sync", calendar.provider)
    assert synced.status_code == 202, synced.text
    assert synced.json()["syncRequestedAt"] is not None
    assert await calendar.pusher.run() == ["unchanged"]
    assert calendar.server.etag(calendar.at(booked)) == etag
    known = calendar.known(booked)
    assert known is not None
    assert known["version"] == 2


@pytest.mark.parametrize("ending", ["cancel", "delete", "another provider"])
async def test_what_ends_here_is_taken_away(calendar: Calendar, ending: str) -> None:
    booked = await calendar.book()
    calendar.add(booked, *ALARM)
    if ending == "cancel":
        await calendar.staff(booked, "cancel", reason="ill")
    elif ending == "delete":
        headers = {"If-Match": '"1"'}
        path = f"/appointments/{booked['id']}"
        gone = await calendar.api.delete(path, calendar.make.admin(), headers=headers)
        assert gone.is_success, gone.text
    else:
        await to_another_provider(calendar, booked)
    assert await calendar.pusher.run() in (["204"], ["200"])
    assert calendar.text(booked) is None
    assert calendar.known(booked) is None


@pytest.mark.parametrize("added", ADDED)
async def test_what_is_theirs_is_kept(calendar: Calendar, added: str) -> None:
    lines, shown, is_kept = ADDED[added]
    booked = await calendar.book()
    calendar.add(booked, *lines)
    moved = await calendar.move(booked)
    [code] = await calendar.pusher.run()
    assert code in ("201", "204")
    text = (calendar.text(booked) or "").replace("\r\n ", "")
    assert (shown in text) == is_kept
    event = calendar.event(booked)
    assert event.decoded("DTSTART") == datetime.fromisoformat(moved["start"])
    assert len(text) < 5000
    assert calendar.mails("calendar_conflict") == []


async def test_all_that_is_theirs_at_once(calendar: Calendar) -> None:
    booked = await calendar.book()
    calendar.add(booked, *THEIRS)
    calendar.change(booked, "SUMMARY:", "SUMMARY:Mine, ")
    await calendar.move(booked)
    await calendar.pusher.run()
    event = calendar.event(booked)
    assert str(event["SUMMARY"]) == f"{booked['serviceTitle']}: Kim Weber"
    assert str(event["X-THEIRS"]) == "kept\\, really"
    assert len(event.subcomponents) == 1
    await calendar.move(booked)
    await calendar.pusher.run()
    again = calendar.event(booked)
    assert again["SEQUENCE"] == 2
    for name in ("COLOR", "X-THEIRS", "CATEGORIES"):
        assert again[name].to_ical() == event[name].to_ical()
    assert again.subcomponents[0].to_ical() == event.subcomponents[0].to_ical()


async def test_moved_there_is_told_and_moved_back(calendar: Calendar) -> None:
    booked = await calendar.book()
    start, there = shifted(booked)
    calendar.change(booked, f"Berlin:{start:%Y%m%dT%H%M%S}", f"Berlin:{there:%Y%m%dT%H%M%S}")
    synced = await calendar.api.post(f"{calendar.path}/sync", calendar.provider)
    assert synced.status_code == 202
    # The appointment has not changed: nobody looks.
    assert await calendar.pusher.run() == ["unchanged"]
    assert calendar.mails("calendar_conflict") == []

    await patch(calendar, booked, notes="a change that a calendar does not show")
    assert len(await calendar.pusher.run()) == 1
    [mail] = calendar.mails("calendar_conflict")
    assert mail["user_id"] == calendar.provider.id
    assert str(mail["appointment_id"]) == booked["id"]
    assert mail["state"] == "pending"
    told = await calendar.api.get(f"/deliveries/{mail['id']}", calendar.make.admin())
    assert "in your calendar Work" in told.json()["preview"]["text"]
    assert calendar.event(booked).decoded("DTSTART") == start
    now = await calendar.api.get(f"/appointments/{booked['id']}", calendar.provider)
    assert now.json()["start"] == booked["start"]

    # To the same time once more: that was told.
    calendar.change(booked, f"Berlin:{start:%Y%m%dT%H%M%S}", f"Berlin:{there:%Y%m%dT%H%M%S}")
    await patch(calendar, booked, notes="another one")
    await calendar.pusher.run()
    assert len(calendar.mails("calendar_conflict")) == 1
    assert calendar.event(booked).decoded("DTSTART") == start


@pytest.mark.parametrize("change", ["move", "note"])
async def test_deleted_there_comes_back_with_the_next_change(
    calendar: Calendar, change: str
) -> None:
    booked = await calendar.book()
    calendar.server.drop(calendar.at(booked))
    await calendar.api.post(f"{calendar.path}/sync", calendar.provider)
    assert await calendar.pusher.run() == ["unchanged"]
    if change == "move":
        await calendar.move(booked)
    else:
        await patch(calendar, booked, notes="a change that a calendar does not show")
    assert await calendar.pusher.run() == ["201"]
    assert calendar.event(booked)["SEQUENCE"] == (1 if change == "move" else 0)
    now = await calendar.api.get(f"/appointments/{booked['id']}", calendar.provider)
    assert now.json()["status"] == "confirmed"


async def test_known_to_be_deleted_there_it_waits_for_a_change(calendar: Calendar) -> None:
    booked = await calendar.book()
    calendar.server.drop(calendar.at(booked))
    noted = calendar.make.one(
        "SELECT note_calendar_objects_removed(%s, %s) AS n",
        calendar.connection["id"],
        [(calendar.known(booked) or {})["href"]],
    )
    assert noted["n"] == 1
    await calendar.api.post(f"{calendar.path}/sync", calendar.provider)
    assert await calendar.pusher.run() == ["unchanged"]
    assert calendar.text(booked) is None
    # A change that a calendar does not even show.
    await patch(calendar, booked, notes="a change")
    assert await calendar.pusher.run() == ["201"]
    assert calendar.text(booked) is not None


async def test_deleted_there_and_cancelled_here(calendar: Calendar) -> None:
    booked = await calendar.book()
    calendar.server.drop(calendar.at(booked))
    await calendar.staff(booked, "cancel", reason="ill")
    assert await calendar.pusher.run() == ["absent"]
    assert calendar.known(booked) is None


async def test_the_same_event_under_another_name(calendar: Calendar) -> None:
    """Somebody imported the file that a mail brought."""
    client = calendar.make.client("Kim Weber")
    booked = await calendar.api.booked(client, calendar.place, calendar.slot())
    file = await calendar.api.get(f"/appointments/{booked['id']}/calendar.ics", calendar.provider)
    imported = f"{calendar.url}imported.ics"
    calendar.server.put(imported, "\r\n".join(without_method(file.text)))
    [code] = await calendar.pusher.run()
    assert code in ("201", "204")
    assert calendar.text(booked) is None
    text = calendar.server.read(imported) or ""
    assert "Kim Weber" in text
    assert "ORGANIZER" not in text
    known = calendar.known(booked)
    assert known is not None
    assert known["href"].endswith("/imported.ics")
    await calendar.staff(booked, "cancel", reason="ill")
    await calendar.pusher.run()
    assert calendar.server.read(imported) is None


async def test_a_new_connection_begins_with_what_lies_ahead(calendar: Calendar) -> None:
    booked = await calendar.book()
    url = calendar.server.calendar("Second")
    body = {"url": url, "version": calendar.connection["version"]}
    changed = await calendar.api.patch(calendar.path, calendar.provider, json=body)
    assert changed.status_code == 200, changed.text
    assert changed.json()["url"] == url
    assert await calendar.pusher.run() == ["201"]
    assert calendar.server.read(f"{url}{booked['id']}.ics") is not None
    # The former calendar keeps what it has.
    assert calendar.text(booked) is not None


def shifted(appointment: dict[str, Any]) -> tuple[datetime, datetime]:
    """When it begins, and the same an hour later, on the clocks where it takes place."""
    start = datetime.fromisoformat(appointment["start"]).astimezone(
        ZoneInfo(appointment["timezone"])
    )
    return start, start + timedelta(hours=1)


def without_method(text: str) -> list[str]:
    return [line for line in text.split("\r\n") if not line.startswith("METHOD")]


async def patch(calendar: Calendar, appointment: dict[str, Any], **body: Any) -> None:
    path = f"/appointments/{appointment['id']}"
    headers = {"If-Match": (await calendar.api.get(path, calendar.provider)).headers["etag"]}
    answer = await calendar.api.patch(path, calendar.provider, json=body, headers=headers)
    assert answer.is_success, answer.text


async def to_another_provider(calendar: Calendar, appointment: dict[str, Any]) -> None:
    other = calendar.make.place(service_id=calendar.place.service_id)
    held = await calendar.api.reserve(
        calendar.make.admin(), other, calendar.make.slot(other), userId=appointment["userId"]
    )
    answer = await calendar.api.post(
        f"/appointments/{appointment['id']}/reschedule",
        calendar.make.admin(),
        json={"reservationToken": held.json()["reservationToken"]},
        key="new",
    )
    assert answer.is_success, answer.text
