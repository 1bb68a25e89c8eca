"""The README's tour, run as it is printed, against a server with demo data."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.documents import ROOT
from tests.support.server import Server

NEEDED = ("bash", "curl", "jq")


@pytest.mark.skipif(
    not all(shutil.which(program) for program in NEEDED), reason=f"needs {', '.join(NEEDED)}"
)
def test_the_tour_works(tmp_path: Path) -> None:
    section = (ROOT / "README.md").read_text().partition("## A tour")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    with Server(tmp_path, "serve", "--demo") as server:
        script = "\n".join(blocks)
        script = script.replace("http://127.0.0.1:8088", server.url).replace(
            "/tmp/", f"{tmp_path}/"
        )
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    said = [
        '"status": "available"',
        '"reservationToken"',
        '"scenario": "slot_held"',
        "201 Created",
        "idempotency-replayed: true",
        '"scenario": "slot_booked"',
        '"action": "created"',
    ]
    missing = [text for text in said if text not in done.stdout]
    assert missing == [], done.stdout
