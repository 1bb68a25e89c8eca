"""The documents tell the truth: what they name exists, and what exists is named."""

import re
from functools import cache
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase
from pydantic import SecretStr
from typer.core import TyperGroup
from typer.main import get_command

from holdfast import cli
from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.http.problem import SCENARIOS
from holdfast.kernel import metrics
from holdfast.kernel.db import Database
from tests.support.documents import ROOT, SOURCE, Document, documents, everything_in
from tests.support.make import SECRET_KEY
from tests.support.sql_functions import functions, locking_functions

DOCUMENTS = documents()
EACH = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
SOURCE_TEXT = everything_in("src", "tests", "bench", "tools")
PATH = re.compile(r"[\w.*{}<>-]*(?:/[\w.*{}<>-]+)+/?|[\w-]+\.(?:py|sql|md|toml|ini|lock|yaml|json)")


def named(name: str) -> Document:
    return Document(ROOT / name)


def test_there_are_documents() -> None:
    names = {document.name for document in DOCUMENTS}
    assert {"README.md", "ARCHITECTURE.md", "docs/concurrency.md", "docs/errors.md"} <= names


@EACH
def test_links_resolve(document: Document) -> None:
    for link in document.links():
        if re.match(r"[a-z]+:", link):
            continue
        target, _, fragment = link.partition("#")
        path = (document.path.parent / target).resolve() if target else document.path
        assert path.exists(), f"{document.name} links to {link}"
        if fragment:
            assert fragment in Document(path).anchors(), f"{document.name} links to {link}"


@EACH
def test_paths_exist(document: Document) -> None:
    for code in document.code():
        if PATH.fullmatch(code) and not code.startswith("/"):
            # A file that Holdfast itself makes is named in the code instead.
            there = _is_there(code, document) or Path(code).name in SOURCE_TEXT
            assert there, f"{document.name} names {code}"


def _is_there(name: str, document: Document) -> bool:
    if "/" in name:
        folders = (ROOT, SOURCE, document.path.parent)
        return any(next(folder.glob(name.strip("/")), None) for folder in folders)
    folders = (SOURCE, ROOT / "docs", ROOT / "tests")
    return (ROOT / name).exists() or any(next(f.rglob(name), None) for f in folders)


@EACH
def test_settings_exist(document: Document) -> None:
    for name in re.findall(r"\bHOLDFAST_[A-Z0-9_]+", document.text):
        field = name.removeprefix("HOLDFAST_").lower()
        assert field in Settings.model_fields or name in SOURCE_TEXT, f"{document.name}: {name}"


@EACH
def test_scenarios_exist(document: Document) -> None:
    spoken = re.findall(r"\b([45]\d\d) `([a-z_]+)`", document.text)
    shown = re.findall(r'"status": ?(\d+)[^}]*"scenario": ?"(\w+)"', document.text)
    for status, scenario in [*spoken, *shown]:
        assert scenario in SCENARIOS, f"{document.name}: {scenario}"
        assert SCENARIOS[scenario].status == int(status), f"{document.name}: {status} {scenario}"


@EACH
def test_commands_exist(document: Document) -> None:
    code = [*document.code(), *"\n".join(document.blocks("sh")).splitlines()]
    for line in code:
        if made := re.match(r"make ([a-z-]+)", line):
            assert f"\n{made[1]}:" in (ROOT / "Makefile").read_text(), f"{document.name}: {line}"
        if called := re.match(r"(?:\.venv/bin/)?holdfast (.*)", line):
            check_command(called[1].split(), document.name)


def check_command(words: list[str], where: str) -> None:
    command = get_command(cli.app)
    for word in words:
        if word.startswith("--"):
            options = {name for parameter in command.params for name in parameter.opts}
            assert word.partition("=")[0] in options, f"{where}: holdfast {' '.join(words)}"
        elif isinstance(command, TyperGroup):
            assert word in command.commands, f"{where}: holdfast {' '.join(words)}"
            command = command.commands[word]


@cache
def routes() -> set[tuple[str, str]]:
    """Method and path of each route of the API, parameters without their names."""
    app = create_app(
        Settings(secret_key=SecretStr(SECRET_KEY)), Database("postgresql://localhost/none")
    )
    return {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path.removeprefix("/api/v1")))
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }


@EACH
def test_routes_exist(document: Document) -> None:
    for code in document.code():
        for method, path in re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/[\w/{}.-]*)", code):
            plain = re.sub(r"\{\w+\}", "{}", path.removeprefix("/api/v1"))
            assert (method, plain) in routes() or f'"{path}"' in SOURCE_TEXT, (
                f"{document.name}: {code}"
            )


@EACH
def test_constraints_and_functions_exist(document: Document) -> None:
    sql = everything_in("src")
    for code in document.code():
        if re.fullmatch(r"[a-z_]+_(excl|key|check|fkey|pkey|idx)", code):
            assert re.search(rf"\b{code}\b", sql), f"{document.name} names the constraint {code}"
        elif called := re.fullmatch(r"([a-z_0-9]+)\(\)", code):
            known = functions().keys() | set(re.findall(r"\bdef (\w+)\(", sql))
            # What PostgreSQL brings along appears where it is called.
            assert called[1] in known or f"{called[1]}(" in sql, f"{document.name} names {code}"


def test_every_scenario_is_explained() -> None:
    rows = named("docs/errors.md").table_rows("Scenarios")
    explained = {row[0].strip("`"): row for row in rows}
    assert list(explained) == list(SCENARIOS), "the same codes in the same order"
    for code, (_, status, recoverable, *_) in explained.items():
        assert int(status) == SCENARIOS[code].status, code
        assert recoverable == ("yes" if SCENARIOS[code].recoverable else "no"), code


def test_every_setting_is_explained() -> None:
    rows = {row[0].strip("`"): row for row in named("docs/operations.md").table_rows("Settings")}
    expected = {f"HOLDFAST_{name.upper()}": field for name, field in Settings.model_fields.items()}
    assert set(rows) == set(expected)
    for name, field in expected.items():
        shown = rows[name][1].strip("`")
        default = "" if field.default in (None, ()) else str(field.default)
        assert shown == (default or "none"), f"{name} is said to default to {shown}"


def test_every_metric_is_explained() -> None:
    described = [
        found
        for thing in vars(metrics).values()
        if isinstance(thing, MetricWrapperBase)
        for found in thing.describe()
    ]
    made = {one.name + ("_total" if one.type == "counter" else "") for one in described}
    rows = named("docs/operations.md").table_rows("Metrics")
    assert {row[0].strip("`") for row in rows} == made


def test_every_locking_function_is_explained() -> None:
    rows = named("docs/concurrency.md").table_rows("Functions and their locks")
    explained = {row[0].strip("`()") for row in rows}
    assert locking_functions() - explained == set(), "take locks, but docs/concurrency.md is silent"
    assert explained - functions().keys() == set(), "are not functions (any more)"


def test_every_migration_and_slice_is_on_the_map() -> None:
    text = named("ARCHITECTURE.md").text
    packages = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert {name for name in packages if f"{name}/" not in text} == set()


def test_every_folder_of_tests_is_explained() -> None:
    text = named("docs/testing.md").text
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/__init__.py")}
    assert {name for name in folders if f"`tests/{name}/`" not in text} == set()


def test_every_decision_is_listed() -> None:
    index = named("docs/adr/README.md").text
    for path in sorted((ROOT / "docs" / "adr").glob("0*.md")):
        assert f"({path.name})" in index, path.name


def test_every_command_is_explained() -> None:
    group = get_command(cli.app)
    assert isinstance(group, TyperGroup)
    text = named("docs/operations.md").text
    assert {name for name in group.commands if f"`holdfast {name}" not in text} == set()
