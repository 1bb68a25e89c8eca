"""Plots of what was kept, as SVG written by hand: legible on a light and on a dark page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.plots import aims, expiry, latencies
from bench.plots.svg import Picture

FOLDER = Path(__file__).parents[2] / "docs" / "images"


def draw_all(folder: Path, content: dict[str, Any]) -> list[Path]:
    """Draw what there are numbers for -> the files."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn: list[Path] = []
    for name, picture in _pictures(content):
        path = folder / f"performance-{name}.svg"
        path.write_text(picture.text())
        drawn.append(path)
    return drawn


def _pictures(content: dict[str, Any]) -> Iterator[tuple[str, Picture]]:
    for name, draw in (
        ("aims", aims.draw),
        ("latencies", latencies.draw),
        ("growth", latencies.draw_growth),
        ("expiry", expiry.draw),
    ):
        picture = draw(content)
        if picture is not None:
            yield name, picture
