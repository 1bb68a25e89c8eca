"""What a server brings into memory."""

import os
import subprocess
import sys

UNUSED = {"redis", "aiohttp", "requests", "pygments", "pydantic.v1"}
# What only the processes need, or what comes after they were started.
LATER = {"fastapi", "prometheus_client", "psycopg", "rich"}


def imported(modules: str, tell: str, env: dict[str, str] | None = None) -> str:
    """What a Python prints that has imported those modules."""
    clean = {name: v for name, v in os.environ.items() if not name.startswith("HOLDFAST_")}
    done = subprocess.run(
        [sys.executable, "-c", f"import os, sys, {modules}; print({tell})"],
        env={**clean, **(env or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def loaded_by(modules: str, names: set[str], env: dict[str, str] | None = None) -> set[str]:
    """Which of these a Python has then."""
    return set(imported(modules, f"*(n for n in {names} if sys.modules.get(n))", env).split())


def test_what_a_server_does_not_need_stays_out() -> None:
    """Half a second of each start, and 20 MB. Asked of one Python in the order of a start: each one
    that imports it all takes as long as a start without any bytecode."""
    tell = f"*(n for n in {UNUSED | LATER} if sys.modules.get(n))"
    said = imported(
        "holdfast.cli, holdfast.runtime.serve",
        f"{tell}, '|', (__import__('holdfast.runtime.child') and ''), {tell}, '|', "
        "len(os.listdir('/proc/self/task'))",
    )
    before, after, threads = (part.split() for part in said.split("|"))
    # Little comes before the processes are started.
    assert before == []
    assert set(after) & UNUSED == set()
    # A fork has one thread, whatever the others were doing.
    assert threads == ["1"]


def test_redis_is_loaded_where_it_is_used() -> None:
    env = {"HOLDFAST_REDIS_URL": "redis://localhost"}
    assert loaded_by("holdfast.realtime.neighbours", UNUSED, env) == {"redis"}
