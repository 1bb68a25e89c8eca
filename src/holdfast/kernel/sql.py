"""Loads the named statements of a slice's `queries.sql`.

A block begins with `-- name: some_name`; the comment lines below it say what the statement
guarantees, which locks it takes in which order, and which outcomes it has.
"""

import re
from importlib.resources import files
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


class Queries:
    """The statements of one file, as attributes: `QUERIES.reserve_slot`."""

    def __init__(self, package: str, filename: str = "queries.sql") -> None:
        text = files(package).joinpath(filename).read_text(encoding="utf-8")
        parts = _NAME.split(text)[1:]
        self._statements: dict[str, str] = {}
        for name, body in zip(parts[::2], parts[1::2], strict=True):
            if name in self._statements:
                raise ValueError(f"{package}/{filename} names {name} twice")
            self._statements[name] = _without_comments(body)

    def __getattr__(self, name: str) -> LiteralString:
        try:
            return cast(LiteralString, self._statements[name])
        except KeyError:
            raise AttributeError(f"no statement is named {name}") from None

    def names(self) -> list[str]:
        return list(self._statements)


def _without_comments(body: str) -> str:
    lines = (line for line in body.splitlines() if not line.lstrip().startswith("--"))
    return "\n".join(lines).strip().rstrip(";")
