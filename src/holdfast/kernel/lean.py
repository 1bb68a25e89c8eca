"""Imports of libraries without what they import on the chance that it is of use: most of the time
of a start was that."""

import sys
from importlib import import_module
from typing import Any, cast


def import_without(name: str, *unused: str) -> None:
    """Import a module that does without the unused packages where they are absent: as long as it is
    being imported, they are. Whoever imports one of them later gets it.

    Has no effect on what has been imported already.
    """
    modules = cast("dict[str, Any]", sys.modules)
    absent = set(unused) - set(modules)
    modules.update(dict.fromkeys(absent))  # None: cannot be imported
    try:
        import_module(name)
    finally:
        for package in absent:
            del modules[package]


def do_without(package: str) -> None:
    """Make a package absent for good, unless it has been imported already: for one that a library
    looks for again and again, and can do without."""
    cast("dict[str, Any]", sys.modules).setdefault(package, None)
