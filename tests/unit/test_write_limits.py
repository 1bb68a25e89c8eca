"""The buckets by which writes are limited, and whose they are."""

import pytest

from holdfast.http.addresses import address_key
from holdfast.http.ratelimit import Limit
from holdfast.http.write_limits import MAXIMUM_KEYS, WriteLimits

LIMIT = Limit("test", hits=6, window_seconds=60)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_again() -> None:
    clock = Clock()
    limits = WriteLimits(clock)
    assert [limits.take(LIMIT, "a") for _ in range(6)] == [
        (left, 60 - 10 * left, 0) for left in (5, 4, 3, 2, 1, 0)
    ]
    assert limits.take(LIMIT, "a") == (0, 60, 10)
    assert limits.take(LIMIT, "b") == (5, 10, 0), "another one's is full"
    clock.now += 9.5
    assert limits.take(LIMIT, "a") == (0, 51, 1), "a refused one takes nothing"
    clock.now += 0.5
    assert limits.take(LIMIT, "a") == (0, 60, 0)
    clock.now += 3600
    assert limits.take(LIMIT, "a") == (5, 10, 0)


def test_policies_have_buckets_of_their_own() -> None:
    limits = WriteLimits(Clock())
    other = Limit("other", hits=1, window_seconds=1)
    assert limits.take(other, "a") == (0, 1, 0)
    assert limits.take(other, "a") == (0, 1, 1)
    assert limits.take(LIMIT, "a") == (5, 10, 0)


def test_it_does_not_grow_for_ever() -> None:
    limits = WriteLimits(Clock())
    for number in range(MAXIMUM_KEYS + 10):
        limits.take(LIMIT, str(number))
    assert len(limits._full_at) == MAXIMUM_KEYS
    assert limits.take(LIMIT, str(MAXIMUM_KEYS + 9)) == (4, 20, 0), "the last ones are known"


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_of_version_6_counts_as_its_network(host: str, counted: str) -> None:
    assert address_key(host) == counted
