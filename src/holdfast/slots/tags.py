"""Entity tags of availability, from which it can be told without the answer whether it still holds
(docs/concurrency.md, "An unchanged availability").
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEPARATOR = "-"


@dataclass(frozen=True, slots=True)
class AvailabilityTag:
    """What an answer was made from.

    Attributes:
        question: which provider, service and days were asked about.
        state: as `availability_state()` says.
        valid_until: when time itself will have changed the answer; None: never.
        content: of the answer.
    """

    question: str
    state: str
    valid_until: datetime | None
    content: str

    def __str__(self) -> str:
        until = self.valid_until
        microseconds = "" if until is None else str((until - _EPOCH) // timedelta(microseconds=1))
        return _SEPARATOR.join((self.question, self.state, microseconds, self.content))

    @classmethod
    def parse(cls, text: str) -> "AvailabilityTag | None":
        """None for what is no tag of ours."""
        parts = text.split(_SEPARATOR)
        if len(parts) != 4:
            return None
        question, state, microseconds, content = parts
        try:
            until = _EPOCH + timedelta(microseconds=int(microseconds)) if microseconds else None
        except (ValueError, OverflowError):
            return None
        return cls(question, state, until, content)


def digest(*parts: object) -> str:
    """A short fingerprint."""
    text = "\n".join(str(part) for part in parts)
    return hashlib.blake2b(text.encode(), digest_size=9).hexdigest()


def tags_about(question: str, texts: Sequence[str] | None) -> list[AvailabilityTag]:
    """Those of these texts that are tags of this question's answers."""
    parsed = (AvailabilityTag.parse(text) for text in texts or ())
    return [tag for tag in parsed if tag is not None and tag.question == question]
