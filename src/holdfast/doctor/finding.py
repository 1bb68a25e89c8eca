"""What a check found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        what: what was looked at. said: what was found.
        remedy: what to do about it; only of a failed one.
    """

    what: str
    verdict: Literal["good", "bad", "skipped"]
    said: str
    remedy: str = ""


def good(what: str, said: str) -> Finding:
    return Finding(what, "good", said)


def bad(what: str, said: str, remedy: str) -> Finding:
    return Finding(what, "bad", said, remedy)


def skipped(what: str, said: str) -> Finding:
    return Finding(what, "skipped", said)
