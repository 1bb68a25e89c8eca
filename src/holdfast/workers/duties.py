"""All duties of a worker (SPEC §7)."""

from holdfast.workers.loop import Duty
from holdfast.workers.retention import RETENTION


def duties() -> list[Duty]:
    return [RETENTION]
