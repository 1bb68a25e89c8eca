"""Small runs of what `make bench` measures, through a real server."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from bench import expiry, holds, memory, plans
from bench.__main__ import arguments, main
from bench.bulk import without_triggers
from bench.context import Bench
from bench.load import Fleet, Plan, Request, Timed
from bench.memory import measure
from bench.operations import Operations
from bench.stack import Stack, stack
from bench.subjects import SUBJECTS
from bench.world import World

from holdfast.verify.operations import assert_clean
from tests.support.cluster import TestDatabase
from tests.support.server import Server

CLIENTS = 4


@pytest.fixture(scope="module")
def made() -> Iterator[Stack]:
    with stack() as made:
        yield made


@pytest.fixture(scope="module")
def bench(made: Stack) -> Bench:
    bench = Bench(made, arguments(["--rounds", "1", "--seconds", "1"]))
    bench.world = bench.load("holdfast", 2)
    return bench


@pytest.fixture(scope="module")
def server(bench: Bench) -> Iterator[Server]:
    with bench.stack.server(processes=1, env={"HOLDFAST_SWEEP_SECONDS": "0.1"}) as server:
        yield server


async def test_each_operation_is_done_as_often_as_asked(bench: Bench, server: Server) -> None:
    fleet = await Fleet.connect(server.url, CLIENTS)
    found = await Operations(bench.world, fleet).life(3)
    found |= await Operations(bench.world, fleet).reads(3)
    counts = {name: (sample.count, sample.errors) for name, sample in found.items()}
    assert counts == {
        **dict.fromkeys(
            ("reserve", "book", "reschedule", "cancel", "list", "appointment", "availability"),
            (3 * CLIENTS, 0),
        ),
        "availability, 304": (20 * CLIENTS, 0),
    }
    assert found["availability, 304"].outcomes == {"304": 20 * CLIENTS}
    fleet.close()


async def test_steps_come_one_at_a_time(bench: Bench, server: Server) -> None:
    fleet = await Fleet.connect(server.url, 1)
    steps = Operations(bench.world, fleet).steps(1)
    assert [name async for name, _ in steps][:2] == ["reserve", "book"]
    fleet.close()


async def test_a_phase_ends_in_time(bench: Bench, server: Server) -> None:
    fleet = await Fleet.connect(server.url, 1)
    [client] = bench.world.next_clients(1)
    timeline: list[Timed] = []

    def for_ever() -> Plan:
        [data] = plans.warm([client])
        while True:
            yield Request(data.data, name="me")

    sample = await fleet.run([for_ever()], seconds=0.1, timeline=timeline)
    assert sample.count == len(timeline) > 0
    assert {timed.name for timed in timeline} == {"me"}
    sample = await fleet.run([for_ever()], is_over=lambda: len(timeline) > 0)
    assert sample.count == 0
    fleet.close()


async def test_memory_is_that_of_the_api(
    bench: Bench, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Few enough that no client comes twice in this small world: one that was stopped between
    # booking and cancelling is refused what overlaps.
    monkeypatch.setattr(memory, "CLIENTS_KNOWN", 1)
    found = await measure(bench, server)
    [idle], [loaded] = found["idle"], found["under_load"]
    assert 20 < idle["Pss"] <= idle["Rss"] <= loaded["Rss"]


async def test_expiry_sees_the_sweep(
    bench: Bench, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "MARGIN_SECONDS", 2.0)
    monkeypatch.setattr(expiry, "CLIENTS_KNOWN", 5)
    spans, timeline = await expiry.measure(
        bench,
        bench.world,
        server,
        50,
        calm_seconds=1.0,
        sweep_limit_seconds=30,
        database="holdfast",
    )
    began, ended = spans["during"]
    assert 0 < ended - began < 30
    assert {timed.name for timed in timeline} == set(expiry.OPERATIONS)
    assert min(timed.sent for timed in timeline) < began
    with bench.stack.superuser() as connection:
        row = connection.execute(
            "SELECT count(*) FILTER (WHERE r.status = 'expired'), count(*) FROM reservations AS r "
            "JOIN users AS u ON u.id = r.user_id WHERE u.name = 'Holder'"
        ).fetchone()
    assert row == (50, 50)


def test_holds_made_by_sql_keep_every_rule(database: TestDatabase) -> None:
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        world = World(connection)
        world.grow(1)
        moment = datetime.now(UTC) + timedelta(minutes=5)
        holds.make(connection, world, 150, moment)
        assert holds.are_left(connection, moment)
        assert_clean(database.owner_url)
        with pytest.raises(ZeroDivisionError), without_triggers(connection, ("slots",)):
            raise ZeroDivisionError
        row = connection.execute(
            "SELECT count(*) FILTER (WHERE tgenabled = 'A'), "
            "current_setting('session_replication_role') FROM pg_trigger "
            "WHERE tgname = 'slots_record'"
        ).fetchone()
        assert row == (1, "origin")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_small_run_of_everything(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    sizes = "--rounds 1 --seconds 1 --each 3 --slots 11000 --reservations 500 --sockets 40"
    assert main([*sizes.split(), "--results", str(results), "--plots", str(tmp_path)]) == 0
    content = json.loads(results.read_text())
    assert set(content) == set(SUBJECTS)
    assert {name for name in content if not content[name]["rows"]} == {"roundtrip"}
    assert len(list(tmp_path.glob("*.svg"))) == 4
