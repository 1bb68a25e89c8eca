"""Servers that refuse, are away, or mean no good, and workers that die."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from holdfast.channels.caldav import agree
from holdfast.channels.caldav.store import passwords_seal
from tests.deliveries.caldav.pushing import Calendar
from tests.deliveries.caldav.servers import PASSWORD
from tests.deliveries.crashes.support import LEASE_SECONDS
from tests.embedded.support import wait_until
from tests.support.cluster import TestDatabase
from tests.support.documents import ROOT

POINTS = ("before mark", "after mark", "after put", "before settle", "after settle")


async def test_a_wrong_password_stops_the_lane_until_a_right_one(calendar: Calendar) -> None:
    booked = await calendar.book()
    spoil(calendar)
    await calendar.move(booked)
    assert await calendar.pusher.run() == ["401"]
    lane = f"caldav:{calendar.connection['id']}"
    assert calendar.pusher.drive.lane(lane)["state"] == "needs_attention"
    shown = (await calendar.api.get(calendar.path, calendar.provider)).json()
    assert (shown["state"], shown["reason"]) == ("needs_attention", "unauthorized")
    assert shown["version"] == 1
    [mail] = calendar.mails("calendar_trouble")
    assert mail["user_id"] == calendar.provider.id
    told = await calendar.api.get(f"/deliveries/{mail['id']}", calendar.make.admin())
    assert told.json()["connectionId"] == calendar.connection["id"]
    assert told.json()["preview"]["subject"] == "Your calendar needs attention: Work"
    assert "no longer accepts" in told.json()["preview"]["text"]

    # Waiting costs no tries, and nobody is told twice.
    again = await calendar.book_only()
    calendar.pusher.drive.pass_time(3600)
    assert await calendar.pusher.run() == []
    assert len(calendar.mails("calendar_trouble")) == 1

    wrong = {"password": "wrong", "version": 1}
    refused = await calendar.api.patch(calendar.path, calendar.provider, json=wrong)
    assert refused.json()["scenario"] == "calendar_unauthorized"
    right = {"password": PASSWORD, "version": 1}
    mended = await calendar.api.patch(calendar.path, calendar.provider, json=right)
    assert mended.status_code == 200, mended.text
    assert (mended.json()["state"], mended.json()["reason"]) == ("ok", None)
    assert PASSWORD not in mended.text
    await calendar.pusher.run()
    assert calendar.event(booked)["SEQUENCE"] == 1
    assert calendar.text(again) is not None
    states = {row["state"] for row in calendar.pusher.drive.deliveries(channel="caldav")}
    assert states == {"sent"}


async def test_an_administrator_opens_the_lane_and_it_stops_again_in_silence(
    calendar: Calendar,
) -> None:
    booked = await calendar.book()
    spoil(calendar)
    await calendar.move(booked)
    await calendar.pusher.run()
    lane = f"caldav:{calendar.connection['id']}"
    admin = calendar.make.admin()
    assert (await calendar.api.post(f"/lanes/{lane}/resume", admin)).is_success
    calendar.pusher.drive.pass_time(60)
    assert await calendar.pusher.run() == ["401"]
    assert calendar.pusher.drive.lane(lane)["state"] == "needs_attention"
    assert len(calendar.mails("calendar_trouble")) == 1


async def test_of_a_provider_without_a_user_administrators_hear(calendar: Calendar) -> None:
    booked = await calendar.book()
    admin = calendar.make.admin()
    spoil(calendar)
    await calendar.move(booked)
    calendar.make.db.execute(
        "UPDATE users SET is_active = false WHERE id = %s", [calendar.provider.id]
    )
    await calendar.pusher.run()
    assert [mail["user_id"] for mail in calendar.mails("calendar_trouble")] == [admin.id]


async def test_a_calendar_that_is_gone(calendar: Calendar) -> None:
    calendar.server.drop(calendar.url)
    await calendar.book_only()
    [code] = await calendar.pusher.run()
    assert code is not None
    shown = (await calendar.api.get(calendar.path, calendar.provider)).json()
    assert (shown["state"], shown["reason"]) == ("needs_attention", "not_found")
    assert len(calendar.mails("calendar_trouble")) == 1


@pytest.mark.parametrize(
    "data", [b"", b"no calendar", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:x", b"\xff\xfe\x00"]
)
async def test_a_broken_object_is_written_over(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    """Servers do not take such objects, but have them from elsewhere."""
    booked = await calendar.book()
    calendar.add(booked, "COMMENT:changed")
    read = agree.objects.read

    def broken(_: bytes, *rest: Any) -> Any:
        return read(data, *rest)

    monkeypatch.setattr(agree.objects, "read", broken)
    await calendar.move(booked)
    [code] = await calendar.pusher.run()
    assert code in ("201", "204")
    assert calendar.event(booked)["SEQUENCE"] == 1
    assert "COMMENT" not in (calendar.text(booked) or "")


async def test_what_changes_there_again_and_again(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked = await calendar.book()
    calendar.add(booked, "COMMENT:1")
    read, asked = agree._read, 0

    async def meanwhile(*what: Any) -> Any:
        nonlocal asked
        asked += 1
        found = await read(*what)
        calendar.change(booked, f"COMMENT:{asked}", f"COMMENT:{asked + 1}")
        return found

    monkeypatch.setattr(agree, "_read", meanwhile)
    await calendar.move(booked)
    assert await calendar.pusher.run() == ["conflict"]
    monkeypatch.undo()
    calendar.pusher.drive.pass_time(60)
    assert len(await calendar.pusher.run()) == 1
    assert calendar.event(booked)["SEQUENCE"] == 1


@pytest.mark.timeout(180)
@pytest.mark.parametrize("point", POINTS)
async def test_a_worker_is_killed(calendar: Calendar, database: TestDatabase, point: str) -> None:
    """Between the hand-over and settling it is uncertain, and tried again under the same name."""
    booked = await calendar.book_only()
    await calendar.pusher.plan()
    with worker(calendar, database, point) as doomed:
        assert doomed.wait(60) == -signal.SIGKILL
    etag = calendar.server.etag(calendar.at(booked)) if calendar.text(booked) else None
    assert (etag is None) == (point in ("before mark", "after mark"))
    with worker(calendar, database, "-"):
        wait_until(lambda: state(calendar) == "sent", "it is sent", seconds=60)
    there = calendar.server.etag(calendar.at(booked))
    # What was there already was not written again.
    assert etag in (None, there)
    known = calendar.known(booked)
    assert known is not None
    assert known["etag"] == there


def state(calendar: Calendar) -> str:
    [row] = calendar.pusher.drive.deliveries(channel="caldav")
    return row["state"]


@contextmanager
def worker(
    calendar: Calendar, database: TestDatabase, point: str
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.deliveries.caldav.worker"),
            *(database.server_url, point, str(LEASE_SECONDS)),
        ],
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def spoil(calendar: Calendar) -> None:
    """The password is not the right one any more."""
    seal = passwords_seal(calendar.settings)
    sealed = seal.close_for(calendar.id, b"was right before")
    calendar.make.db.execute(
        "ALTER TABLE calendar_connections DISABLE TRIGGER calendar_connections_count"
    )
    calendar.make.db.execute(
        "UPDATE calendar_connections SET password_sealed = %s WHERE id = %s", [sealed, calendar.id]
    )
    calendar.make.db.execute(
        "ALTER TABLE calendar_connections ENABLE TRIGGER calendar_connections_count"
    )
