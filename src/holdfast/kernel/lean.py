"""Starting soon: imports of libraries without what they import on the chance that it is of use, and
without collecting garbage meanwhile."""

import gc
import sys
from importlib import import_module
from typing import Any, cast

# So many objects more than before, and the young ones are looked through; everything else, a
# hundred times as rarely. Python's 700 come together in a moment when a thousand connections are
# served, and all that these consist of was looked through every ten seconds, for a tenth of one.
YOUNG_OBJECTS = 5_000


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


def begin_start() -> None:
    """Collect no garbage until `end_start()`: almost all that is imported stays, and to look at it
    again and again is a fifth of the time."""
    gc.disable()


def end_start() -> None:
    """What is here now stays until the end, and no collection looks at it again: that would halt
    everything for longer than a request takes, and in a fork copy the memory that is shared."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
    gc.enable()
