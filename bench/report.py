"""The results as tables on the terminal and as JSON."""

import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.sample import Pair

RESULTS = Path(__file__).parent / "results"
# A file is as wide as the widest table.
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 140)


def say(text: str) -> None:
    console.print(f"[dim]{text}[/]")


def show_pairs(title: str, pairs: Iterable[Pair]) -> None:
    """A line for each side, and the ratios of the rounds."""
    table = Table(title=title, title_justify="left")
    for name in ("", "side", "per second", "p50 ms", "p99 ms", "errors", "client CPU"):
        table.add_column(name, justify="left" if name in ("", "side") else "right")
    table.add_column("ratio (min, max)", justify="right")
    table.add_column("aim", justify="right")
    for pair in pairs:
        for series in filter(None, (pair.ours, pair.theirs)):
            is_first = series is pair.ours
            ratios = pair.ratios
            table.add_row(
                pair.name if is_first else "",
                series.name,
                f"{series.per_second:,.0f}",
                f"{series.p50_ms:.2f}",
                f"{series.p99_ms:.2f}",
                str(series.errors),
                f"{series.client_cores:.2f}",
                f"{pair.ratio:.2f} ({ratios[0]:.2f}, {ratios[-1]:.2f})"
                if is_first and pair.ratio is not None
                else "",
                f"{pair.aim}" if is_first and pair.aim else "",
                end_section=not is_first or pair.theirs is None,
            )
    console.print(table)


def growth_factor(pair: Pair) -> float:
    """p50 of the large database to that of the small one."""
    assert pair.theirs is not None
    return pair.ours.p50_ms / pair.theirs.p50_ms


def show_growth(sizes: Mapping[str, int], pairs: Iterable[Pair]) -> None:
    """p50 on the small and on the large database."""
    title = (
        f"growth: {sizes['small_slots']:,} slots, and {sizes['slots']:,} slots with "
        f"{sizes['appointments']:,} appointments"
    )
    table = Table(title=title, title_justify="left")
    for name in ("", "small p50 ms", "large p50 ms", "factor", "small p99 ms", "large p99 ms"):
        table.add_column(name, justify="left" if not name else "right")
    for pair in pairs:
        assert pair.theirs is not None
        table.add_row(
            pair.name,
            f"{pair.theirs.p50_ms:.2f}",
            f"{pair.ours.p50_ms:.2f}",
            f"{growth_factor(pair):.2f}",
            f"{pair.theirs.p99_ms:.2f}",
            f"{pair.ours.p99_ms:.2f}",
        )
    console.print(table)


def machine(postgres_version: str, processes: int) -> dict[str, Any]:
    """What was measured on."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": postgres_version,
        "api_processes": processes,
        "load_average": os.getloadavg(),
    }


def write(name: str, facts: Mapping[str, Any], pairs: Sequence[Pair]) -> Path:
    """Keep everything, each round included."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    content = {**facts, "pairs": [pair.as_json() for pair in pairs]}
    path.write_text(json.dumps(content, indent=1) + "\n")
    return path
