"""Which private parts of libraries Holdfast touches; each of those has an exact range of versions.

A part whose author never promised it may change with any version. So the list is short, whole, and
looked at when the range moves: the tests of protocol, pool and sockets run on the newest version in
it.
"""

import ast
import importlib
import pkgutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import holdfast

SOURCE = Path(holdfast.__file__).parent
PROJECT = SOURCE.parent.parent / "pyproject.toml"
LOCK = SOURCE.parent.parent / "uv.lock"
# By library: what of it, as `file: name` where it is used or overridden.
TOUCHED = {
    "fastapi": {"http/direct.py: _type_adapter"},
    "uvicorn": {
        "runtime/protocol.py: _should_upgrade",
        "runtime/protocol.py: _start_asgi_task",
    },
    "psycopg-pool": {"kernel/db.py: _pool"},
    "python-engineio": {"realtime/engine.py: _async"},
    "python-socketio": {
        "realtime/neighbours.py: _handle_close_room",
        "realtime/neighbours.py: _handle_disconnect",
        "realtime/neighbours.py: _handle_emit",
        "realtime/neighbours.py: _handle_enter_room",
        "realtime/neighbours.py: _handle_leave_room",
        "realtime/neighbours.py: _listen",
        "realtime/neighbours.py: _publish",
        "realtime/socket_server.py: _binary_packet",
        "realtime/socket_server.py: _engineio_server_class",
        "realtime/socket_server.py: _handle_eio_connect",
        "realtime/socket_server.py: _handle_eio_disconnect",
        "realtime/socket_server.py: _handle_eio_message",
        "realtime/socket_server.py: _handle_event",
        "realtime/socket_server.py: _send_packet",
    },
}
# Underscores that are documented: they are no private parts.
DOCUMENTED = {"_exit", "_AUTHENTICATION", "_PARTITION_EOF", "_SSL"}
# What Python itself puts into each class.
MADE_BY_PYTHON = {"_abc_impl"}
WITHOUT_PROMISE = ("builtins", "abc", "typing", "enum", "asyncio.")


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def accessed() -> Iterator[str]:
    """Private names of other objects, and those of `self` that no class of ours makes."""
    trees = {path: ast.parse(path.read_text()) for path in SOURCE.rglob("*.py")}
    ours = {name for tree in trees.values() for name in _made(tree)}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and is_private(node.attr):
                of_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
                if node.attr not in (ours if of_self else _made(tree)) | DOCUMENTED:
                    yield f"{path.relative_to(SOURCE)}: {node.attr}"


def _made(tree: ast.Module) -> set[str]:
    made: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                made.add(node.name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), ctx=ast.Store()):
                made.add(node.attr)
            case ast.Name(ctx=ast.Store()):
                made.add(node.id)
            case _:
                pass
    return made


def overridden() -> Iterator[str]:
    """Private names that a class of ours makes anew in the place of a library's."""
    for module in pkgutil.walk_packages([str(SOURCE)], "holdfast."):
        if module.name.endswith("__main__"):
            continue
        for made in vars(importlib.import_module(module.name)).values():
            if isinstance(made, type) and made.__module__ == module.name:
                path = module.name.removeprefix("holdfast.").replace(".", "/")
                foreign = [b for b in made.__mro__ if not b.__module__.startswith(_NO_LIBRARY)]
                for name in set(filter(is_private, vars(made))) - MADE_BY_PYTHON:
                    if any(name in vars(base) for base in foreign):
                        yield f"{path}.py: {name}"


_NO_LIBRARY = ("holdfast", *WITHOUT_PROMISE)


def test_the_list_is_whole() -> None:
    listed = {each for parts in TOUCHED.values() for each in parts}
    found = {*accessed(), *overridden()}
    # One that is set on `self`, but belongs to the library, looks like ours.
    assert found | {"realtime/engine.py: _async"} == listed


@pytest.mark.parametrize("library", TOUCHED)
def test_each_has_an_exact_range(library: str) -> None:
    wanted = tomllib.loads(PROJECT.read_text())["project"]["dependencies"]
    (requirement,) = [one for one in map(Requirement, wanted) if one.name == library]
    (locked,) = [
        Version(package["version"])
        for package in tomllib.loads(LOCK.read_text())["package"]
        if package["name"] == library
    ]
    assert str(locked) in requirement.specifier
    after = f"{locked.major}.{locked.minor + 1}.0"
    assert after not in requirement.specifier, f"{requirement} takes {after}, too"
