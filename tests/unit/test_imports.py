"""What a server brings into memory."""

import os
import subprocess
import sys

import pytest

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


@pytest.mark.parametrize(
    ("env", "loaded"),
    [({}, set()), ({"HOLDFAST_REDIS_URL": "redis://localhost"}, {"redis"})],
)
def test_what_a_server_does_not_need_stays_out(env: dict[str, str], loaded: set[str]) -> None:
    """Half a second of each start, and 20 MB."""
    assert loaded_by("holdfast.runtime.child", UNUSED, env) == loaded


def test_little_comes_before_the_start_of_the_processes() -> None:
    assert loaded_by("holdfast.cli, holdfast.runtime.serve", LATER) == set()


def test_processes_can_be_forked_from_what_was_imported() -> None:
    """A fork has one thread, whatever the others were doing."""
    assert imported("holdfast.runtime.child", "len(os.listdir('/proc/self/task'))") == "1"
