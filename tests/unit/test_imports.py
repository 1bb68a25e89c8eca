"""What a server brings into memory."""

import os
import subprocess
import sys

import pytest

LOADED = (
    "import sys, holdfast.runtime.child, holdfast.runtime.api_process;"
    "print(*{'redis', 'aiohttp', 'requests', 'pygments'} & set(sys.modules))"
)


@pytest.mark.parametrize(
    ("env", "loaded"), [({}, ""), ({"HOLDFAST_REDIS_URL": "redis://localhost"}, "redis")]
)
def test_what_a_server_does_not_need_stays_out(env: dict[str, str], loaded: str) -> None:
    """Half a second of each start, and 20 MB."""
    clean = {name: v for name, v in os.environ.items() if not name.startswith("HOLDFAST_")}
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        env={**clean, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == loaded
