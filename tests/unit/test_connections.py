"""How many connections one address may have, who makes room, and who is hung up on."""

import asyncio
import logging
from typing import Any

import pytest

from holdfast.runtime import connections
from holdfast.runtime.connections import Connections


class Transport(asyncio.Transport):
    """A connection of which only the other side's address and what it left unread is known."""

    def __init__(self, address: str | None, unread: int = 0) -> None:
        super().__init__({"peername": (address, 1) if address else ""})
        self.unread = unread
        self.is_aborted = False

    def abort(self) -> None:
        self.is_aborted = True

    def get_write_buffer_size(self) -> int:
        return self.unread


def admitted(taken: Connections, *addresses: str | None) -> int:
    return sum(taken.admit(Transport(address)) for address in addresses)


async def test_one_address_has_only_so_many(caplog: pytest.LogCaptureFixture) -> None:
    taken = Connections(per_address=3, in_all=100)
    assert admitted(taken, *["192.0.2.1"] * 10) == 3
    assert admitted(taken, "::ffff:192.0.2.1") == 0, "the same address"
    assert admitted(taken, "192.0.2.2") == 1, "another one is not concerned"
    assert admitted(taken, *(f"2001:db8::{number:x}" for number in range(1, 9))) == 3, "one /64"
    assert admitted(taken, "2001:db8:0:1::1") == 1
    assert [record.levelno for record in caplog.records] == [logging.WARNING], "not once for each"
    assert "192.0.2.1 has 3 connections already" in caplog.text


async def test_this_machine_and_trusted_proxies_may_have_any_number() -> None:
    taken = Connections(per_address=3, in_all=1000, trusted=("198.51.100.0/24", "2001:db8::/32"))
    for address in ("127.0.0.1", "::1", "198.51.100.7", "2001:db8::7", "::ffff:127.0.0.1", None):
        assert admitted(taken, *[address] * 10) == 10, address


async def test_what_has_ended_is_no_longer_counted() -> None:
    taken = Connections(per_address=1, in_all=100)
    first, second = Transport("192.0.2.1"), Transport("192.0.2.1")
    assert taken.admit(first)
    assert not taken.admit(second)
    taken.gone(second)  # was never one of them
    assert not taken.admit(second)
    taken.gone(first)
    taken.gone(first)
    assert taken.admit(second)


async def test_who_is_idle_for_the_longest_time_makes_room() -> None:
    taken = Connections(per_address=100, in_all=3)
    idle, later, busy = (Transport(f"192.0.2.{number}") for number in range(3))
    for transport in (busy, idle, later):
        assert taken.admit(transport)
    taken.busy(busy)
    taken.busy(idle)
    taken.idle(idle)  # has just been answered: `later` has waited longer
    assert admitted(taken, "192.0.2.9") == 1
    assert (idle.is_aborted, later.is_aborted, busy.is_aborted) == (False, True, False)


async def test_where_all_are_in_use_none_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    taken = Connections(per_address=100, in_all=2)
    for number in range(2):
        transport = Transport(f"192.0.2.{number}")
        assert taken.admit(transport)
        taken.busy(transport)
    assert admitted(taken, *["192.0.2.9"] * 5) == 0
    assert caplog.text.count("no more connections can be taken, all 2 are in use") == 1


async def test_who_does_not_read_is_hung_up_on_and_who_reads_slowly_is_not() -> None:
    now = 0.0
    taken = Connections(clock=lambda: now)
    never, slowly, well = Transport("192.0.2.1", 9), Transport("192.0.2.2", 900), Transport("::1")
    sweep: Any = getattr(taken, "_sweep_now")  # noqa: B009
    for transport in (never, slowly, well):
        assert taken.admit(transport)
    for _ in range(20):
        now += connections.SWEEP_SECONDS
        slowly.unread -= 1
        sweep()
        if now <= connections.UNREAD_SECONDS:
            assert not never.is_aborted
    assert (never.is_aborted, slowly.is_aborted, well.is_aborted) == (True, False, False)


def test_there_are_files_for_them() -> None:
    assert connections.connections_possible() >= connections.FEWEST_CONNECTIONS
