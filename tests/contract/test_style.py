"""The checkable half of the style guide (CONTRIBUTING.md)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.config import Settings
from holdfast.kernel.schema_files import replaceable
from tests.support.documents import ROOT, text_files
from tests.support.sql_functions import locking_functions

LONGEST_FILE_LINES = 500
UNITS = r"(seconds|minutes|hours|days|milliseconds|bytes|kib|cents|percent|characters)"
CODE = list(text_files("src", "tests", "bench", "tools", suffixes=(".py", ".sql")))
MODULES = [path for path in CODE if path.suffix == ".py"]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines_that(pattern: str, paths: list[Path]) -> list[str]:
    """Where a pattern occurs, this file left out."""
    return [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in paths
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_no_file_is_too_long() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in CODE}
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE_LINES} == {}


def test_nothing_is_left_to_do() -> None:
    assert lines_that(r"\b(TODO|FIXME|XXX)\b", CODE) == []


def test_no_two_names_differ_only_in_case() -> None:
    """They are one file on other systems. An import of the web app names no suffix."""
    files: dict[str, list[str]] = {}
    for path in tracked():
        named = path.with_suffix("") if path.suffix in (".js", ".ts", ".tsx") else path
        for part in (named, *path.parents):
            files.setdefault(str(part).lower(), []).append(str(part))
    assert [sorted(set(names)) for names in files.values() if len(set(names)) > 1] == []
    modules = [str(path.with_suffix("")) for path in tracked() if path.suffix in (".ts", ".tsx")]
    assert len({module.lower() for module in modules}) == len(modules)


def tracked() -> list[Path]:
    """All files of the project, made ones left out."""
    made = {"__pycache__", "node_modules", "web_dist", ".venv", ".git", "data"}
    return [
        path.relative_to(ROOT)
        for path in ROOT.rglob("*")
        if path.is_file() and not made & set(path.relative_to(ROOT).parts)
    ]


def test_no_path_of_one_machine() -> None:
    everywhere = [
        *CODE,
        *text_files(".", "docs", ".ci", suffixes=(".md", ".toml", ".yaml", ".ini", ".svg")),
    ]
    assert lines_that(r"(?<![\w.*{}/])/(work|root|home|Users)/\w", everywhere) == []


def test_nothing_needs_md5() -> None:
    """Where only approved algorithms are permitted (FIPS), it fails."""
    in_sql, in_python = r"(?<!hashlib\.)\bmd5\(", r"hashlib\.md5\b(?!.*usedforsecurity=False)"
    assert lines_that(f"{in_sql}|{in_python}", CODE) == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        name_of(path)
        for path in MODULES
        if path.is_relative_to(ROOT / "src") and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


@pytest.mark.parametrize(
    "path",
    [path for path in CODE if path.suffix == ".sql" and "-- name:" in path.read_text()],
    ids=name_of,
)
def test_every_statement_has_a_comment(path: Path) -> None:
    """What it guarantees, which locks it takes, or at least what it is for."""
    silent = re.findall(r"^-- name: (\w+)\n(?!--)", path.read_text(), re.MULTILINE)
    assert silent == []


def test_every_locking_function_has_a_comment() -> None:
    """What it does and which outcomes it has, right above it."""
    text = "\n".join(script.text for script in replaceable())
    silent = [
        name
        for name in sorted(locking_functions())
        if not re.search(rf"^--.*\nCREATE OR REPLACE FUNCTION {name}\(", text, re.MULTILINE)
    ]
    assert silent == []


def test_units_stand_last_in_names() -> None:
    """`ttl_seconds`, never `seconds_ttl`."""
    found = [
        f"{name_of(path)}:{line}: {name}"
        for path in MODULES
        for line, name in bound_names(path)
        if re.match(
            rf"_?{UNITS}_(?!(ago|ahead|after|before|left|of|per|since|until)(_|$))", name.lower()
        )
    ]
    assert found == []


def bound_names(path: Path) -> Iterator[tuple[int, str]]:
    """The names of parameters and variables, each with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.arg(arg=name, lineno=line) | ast.Name(id=name, lineno=line, ctx=ast.Store()):
                yield line, name
            case _:
                pass


def test_times_and_sizes_of_settings_name_their_unit() -> None:
    plain = {
        name
        for name, field in Settings.model_fields.items()
        if field.annotation in (int, float) and not re.search(rf"_{UNITS}$", name)
    }
    counts = {"client_appointment_limit", "client_request_limit", "connections_per_address"}
    assert plain <= {"port", "api_processes", *counts}
