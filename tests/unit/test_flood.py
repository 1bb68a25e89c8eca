"""Who sends too much is cut, and only they (SPEC §5): more than 50 messages a second for 10 s."""

from collections.abc import Callable

import pytest

from holdfast.realtime.flood import FloodMeter


def cut_at(messages_in: Callable[[int], int], *, seconds: int = 60) -> float | None:
    """When a connection is cut that sends so many messages, evenly, in each second."""
    now = 0.0
    meter = FloodMeter(lambda: now)
    for second in range(seconds):
        count = messages_in(second)
        for number in range(count):
            now = second + number / count
            if meter.is_flooding():
                return now
    return None


@pytest.mark.parametrize(
    "messages_in",
    [
        lambda _: 50,
        lambda _: 1,
        lambda second: 400 if second % 10 == 0 else 0,
        lambda second: 1000 if second == 0 else 0,
        lambda second: 200 if second < 9 else 0,
    ],
    ids=["as many as allowed", "few", "a burst now and then", "one burst", "not for long enough"],
)
def test_who_is_not_cut(messages_in: Callable[[int], int]) -> None:
    assert cut_at(messages_in) is None


@pytest.mark.parametrize(
    "messages_in",
    [
        lambda _: 51,
        lambda _: 500,
        lambda second: 200 if second % 2 == 0 else 0,
        lambda second: 1000 if second % 5 == 0 else 1,
    ],
    ids=["a little too many", "far too many", "every other second", "in bursts"],
)
def test_who_is_cut_after_ten_seconds(messages_in: Callable[[int], int]) -> None:
    when = cut_at(messages_in)
    assert when is not None
    assert 10 <= when < 11
