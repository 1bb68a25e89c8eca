"""The results of the last measurement of each subject, as one JSON document."""

import json
from pathlib import Path
from typing import Any

from bench.found import Row

RESULTS = Path(__file__).parent / "results" / "results.json"


def read(path: Path) -> dict[str, Any]:
    """By subject; empty when nothing was kept."""
    return json.loads(path.read_text()) if path.exists() else {}


def keep(path: Path, subject: str, content: dict[str, Any]) -> None:
    """Put it in the place of what this subject had found before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    everything = {**read(path), subject: content}
    path.write_text(json.dumps(everything, indent=1) + "\n")


def rows(content: dict[str, Any]) -> list[tuple[str, Row]]:
    """All numbers that have an aim, each with its subject."""
    return [
        (subject, Row.from_json(row)) for subject in content for row in content[subject]["rows"]
    ]
