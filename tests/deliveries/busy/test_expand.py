"""Objects are read by a process of its own, which one bad object does not keep from the others."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from holdfast.calendars.busy import expand as expanding
from holdfast.calendars.busy.expand import Expanded, ExpansionError, expand
from tests.deliveries.busy.objects import event, period
from tests.deliveries.busy.test_intervals import UNREADABLE

SINCE = datetime(2026, 3, 20, tzinfo=UTC)
START = datetime(2026, 4, 1, 10, tzinfo=UTC)
LINES = period(START, START + timedelta(hours=1))
TIMES = [(int(START.timestamp()), int(START.timestamp()) + 3600)]
# It never comes, and the library looks for it until the year 9999.
NEVER = event(*LINES, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid="never@elsewhere")


async def read(objects: dict[UUID, str]) -> Expanded:
    return await expand(
        objects,
        zone="Europe/Berlin",
        since=SINCE,
        until=SINCE + timedelta(days=62),
        addresses=["ada@example.test"],
    )


async def test_each_object_has_its_times() -> None:
    declined = event(*LINES, "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.test")
    one, other, free = uuid4(), uuid4(), uuid4()
    found = await read({one: event(*LINES), other: event(*LINES), free: declined})
    assert found == {one: TIMES, other: TIMES, free: []}


async def test_bad_objects_stop_no_good_one() -> None:
    bad = {uuid4(): data for data in [*UNREADABLE.values(), *[NEVER] * 8]}
    good = {uuid4(): event(*LINES) for _ in range(20)}
    found = await read({**dict(list(good.items())[:10]), **bad, **good})
    assert {key for key, times in found.items() if times is None} == bad.keys()
    assert all(found[key] == TIMES for key in good)


async def test_nothing_is_started_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expanding, "_COMMAND", ("/does/not/exist",))
    assert await read({}) == {}


async def test_a_process_that_dies_says_nothing_of_any_object(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    python = expanding._COMMAND[0]
    for code in ("import os; os.kill(os.getpid(), 9)", "print('nonsense')"):
        monkeypatch.setattr(expanding, "_COMMAND", (python, "-I", "-c", code))
        with pytest.raises(ExpansionError):
            await read({uuid4(): event(*LINES)})


async def test_a_process_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import signal; signal.pause()"
    monkeypatch.setattr(expanding, "_COMMAND", (expanding._COMMAND[0], "-I", "-c", code))
    monkeypatch.setattr(expanding, "WAIT_SECONDS", 0.2)
    with pytest.raises(ExpansionError):
        await read({uuid4(): event(*LINES)})
