"""What processes have used, by /proc."""

import os
from collections.abc import Iterator
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def tree_seconds(pid: int) -> float:
    """Processor time of a process and its living descendants."""
    # Its own, and that of its children that have ended.
    return sum(sum(int(field) for field in fields[11:15]) / _TICKS for _, fields in _tree(pid))


def tree_read_bytes(pid: int) -> int:
    """What a process and its living descendants made the disk read; what was in the operating
    system's cache does not count."""
    return sum(_read_bytes(path) for path, _ in _tree(pid))


def _read_bytes(path: Path) -> int:
    try:
        lines = (path / "io").read_text().splitlines()
    except OSError:
        return 0
    return int(dict(line.split(": ") for line in lines)["read_bytes"])


def _tree(pid: int) -> Iterator[tuple[Path, list[str]]]:
    """Folder and facts (`stat` from its third field) of a process and its living descendants."""
    found: dict[int, tuple[Path, list[str]]] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            found[int(path.name)] = path, (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
    family = {pid}
    parents = {number: int(fields[1]) for number, (_, fields) in found.items()}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return (found[member] for member in family if member in found)
