"""Whatever repeats is a `Loop`: no other loop goes on for ever in the source, and each one there is
goes on after an error that nobody expected."""

import ast
import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

import holdfast
from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel import loops
from holdfast.kernel.db import Database
from holdfast.kernel.loops import Heartbeat, heartbeats
from holdfast.workers.duties import duties
from tests.support.cluster import TestDatabase
from tests.support.make import SECRET_KEY

SOURCE = Path(holdfast.__file__).parent
OPERATIONS = SOURCE.parent.parent / "docs/operations.md"
# Coroutines with `while True` or `while not …` that are no loops of the process: each ends with
# what it serves.
ENDS_BY_ITSELF = {
    "calendars/busy/sync.py:__call__": "with the connections that are due",
    "commands/sealed.py:reseal_all": "with the rows of a table",
    "deliveries/bulk.py:_asked_for": "with the rows of one request",
    "deliveries/courier.py:_settle_surely": "with the lease",
    "deliveries/receipts.py:until_known": "when the time for a receipt that comes early is over",
    "http/limits.py:_read": "with the request's body",
    "realtime/engine.py:wait": "with the connection",
    "realtime/neighbours.py:_listen": "python-socketio repeats it",
    "runtime/supervisor.py:_keep": "the supervisor of the processes that run the loops",
}


def endless(path: Path) -> Iterator[str]:
    """The coroutines of a file that hold a `while True`, or a `while not …` that waits."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.AsyncFunctionDef):
            continue
        for inner in ast.walk(node):
            if isinstance(inner, ast.While) and _has_no_end(inner):
                yield f"{path.relative_to(SOURCE)}:{node.name}"


def _has_no_end(loop: ast.While) -> bool:
    if isinstance(loop.test, ast.Constant):
        return True
    is_negated = isinstance(loop.test, ast.UnaryOp) and isinstance(loop.test.op, ast.Not)
    return is_negated and any(isinstance(inside, ast.Await) for inside in ast.walk(loop))


def test_nothing_else_goes_on_for_ever() -> None:
    found = {
        name
        for path in SOURCE.rglob("*.py")
        if path != Path(loops.__file__)
        for name in endless(path)
    }
    assert found == set(ENDS_BY_ITSELF)


def documented() -> set[str]:
    section = OPERATIONS.read_text().split("\n## Loops\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


async def test_every_loop_goes_on_after_an_error(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE_SECONDS", 0.01)
    settings = Settings(
        secret_key=SecretStr(SECRET_KEY),
        rate_limit="off",
        smtp_url=SecretStr("smtp://127.0.0.1:1"),
        pusher_url=SecretStr("http://key:secret@127.0.0.1:1/apps/1"),
    )
    db = Database(database.server_url, max_size=10)
    every = duties(settings, db)
    running = loops.running
    planted: set[str] = set()

    def running_with_mistakes(*given: loops.Loop) -> object:
        for loop in given:
            plant(loop)
        return running(*given)

    def plant(loop: loops.Loop) -> None:
        step = loop._step
        is_new = True

        async def mistaken() -> int | None:
            nonlocal is_new
            if is_new:
                is_new = False
                planted.add(loop.name)
                raise RuntimeError("planted")
            return await step()

        loop._step = mistaken
        loop._rest_seconds = min(loop._rest_seconds, 0.05)

    for module in ("app", "realtime.server", "workers.outgoing", "deliveries.engine"):
        monkeypatch.setattr(f"holdfast.{module}.running", running_with_mistakes)
    app = create_app(settings, db, duties=every)
    async with app.router.lifespan_context(app), asyncio.timeout(60):
        while (waiting := [beat for beat in heartbeats() if not went_on(beat, planted)]) or not (
            planted
        ):
            assert all(beat.failures <= 1 or beat.last_pass for beat in waiting), waiting
            await asyncio.sleep(0.02)
        names = {beat.name for beat in heartbeats()}
    assert names == planted
    others = {"kafka_publisher", "plan_full_lanes", "send_sms", "send_push"}
    assert documented() == names | others | {"read_webhook", "read_notify", "read_calendar"}


def went_on(beat: Heartbeat, planted: set[str]) -> bool:
    """`user_actions` and `log_tail` wait in their pass while there is nothing to do."""
    idles = beat.name in ("user_actions", "log_tail")
    return beat.name in planted and (idles or beat.last_pass is not None)
