"""Channels: their names, and who may listen (SPEC §5)."""

import re
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

MAXIMUM_NAME_CHARACTERS = 100

_UUID = r"([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})"
_PATTERNS: tuple[tuple[str, "Kind"], ...] = (
    (rf"(?:appointment\.)?{_UUID}", "appointment"),
    (rf"user\.{_UUID}\.bookings", "user"),
    (rf"provider\.{_UUID}\.availability", "availability"),
    (rf"provider\.{_UUID}\.bookings", "provider"),
)

Kind = Literal["appointment", "user", "availability", "provider"]


@dataclass(frozen=True, slots=True)
class Channel:
    """Something that can be listened to."""

    kind: Kind
    id: UUID

    @property
    def name(self) -> str:
        match self.kind:
            case "appointment":
                return f"appointment.{self.id}"
            case "user":
                return f"user.{self.id}.bookings"
            case "availability":
                return f"provider.{self.id}.availability"
            case "provider":
                return f"provider.{self.id}.bookings"


def parse_channel(text: str) -> Channel | None:
    """Read a channel's name or a bare appointment id; None for anything else."""
    for pattern, kind in _PATTERNS:
        found = re.fullmatch(pattern, text)
        if found:
            return Channel(kind, UUID(found[1]))
    return None
