"""The results as tables on the terminal."""

import os
import platform
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.found import Row
from bench.sample import Pair

# A file is as wide as the widest table.
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)


def say(text: str) -> None:
    console.print(f"[dim]{text}[/]")


def head(subject: str, facts: Mapping[str, Any]) -> None:
    """What is measured now, and on what."""
    console.print(
        f"\n[bold]{subject}[/]  PostgreSQL {facts['postgresql']}, Python {facts['python']}, "
        f"{facts['cores']} cores, {facts['api_processes']} API processes, "
        f"load average {facts['load_average'][0]:.1f}"
    )


def show_aims(rows: Sequence[tuple[str, Row]], fresh: Collection[str] = ()) -> None:
    """All that has an aim; a subject that was measured earlier is marked."""
    table = Table(title="\naims", title_justify="left")
    for name in ("", "what", "against", "reached", "min", "max", "p50 ms", "p99 ms", "aim", ""):
        table.add_column(name, justify="left" if name in ("", "what", "against") else "right")
    for subject, row in rows:
        sign = "≤" if row.at_most else "≥"
        table.add_row(
            subject if subject in fresh else f"[dim]{subject} (earlier)[/]",
            row.name,
            row.against,
            number(row.reached, row.unit),
            number(min(row.values), row.unit),
            number(max(row.values), row.unit),
            "" if row.p50_ms is None else f"{row.p50_ms:.1f}",
            "" if row.p99_ms is None else f"{row.p99_ms:.1f}",
            f"{sign} {number(row.aim, row.unit)}",
            "[green]met[/]" if row.is_met else "[red]not met[/]",
        )
    console.print(table)


def number(value: float, unit: str) -> str:
    """As many digits as mean something."""
    text = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"
    return f"{text} {unit}".strip()


def show_cpu(rounds: Sequence[Mapping[str, float]]) -> None:
    """Processor time of one request, by who used it."""
    names = dict.fromkeys(name for found in rounds for name in found)
    for name in names:
        values = sorted(found[name] for found in rounds if name in found)
        console.print(f"  {name}: {values[len(values) // 2]:,.0f} µs of CPU for each")


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


def show_growth(
    sizes: Mapping[str, int],
    pairs: Iterable[Pair],
    read_kb: Mapping[str, Mapping[str, Sequence[float]]],
) -> None:
    """p50 on the small and on the large database, and what was read from the disk."""
    title = (
        f"growth: {sizes['small_slots']:,} slots, and {sizes['slots']:,} slots with "
        f"{sizes['appointments']:,} appointments"
    )
    table = Table(title=title, title_justify="left")
    columns = "", "small p50 ms", "large p50 ms", "factor", "small p99 ms", "large p99 ms"
    for name in (*columns, "small kB read", "large kB read"):
        table.add_column(name, justify="left" if not name else "right")
    for pair in pairs:
        assert pair.theirs is not None
        table.add_row(
            pair.name,
            f"{pair.theirs.p50_ms:.2f}",
            f"{pair.ours.p50_ms:.2f}",
            f"{median(pair.p50_factors):.2f}",
            f"{pair.theirs.p99_ms:.2f}",
            f"{pair.ours.p99_ms:.2f}",
            *(f"{median(read_kb[name][pair.name]):.1f}" for name in ("small", "large")),
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
