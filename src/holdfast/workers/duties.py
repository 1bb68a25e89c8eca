"""All duties of a worker (SPEC §7)."""

from holdfast.config import Settings
from holdfast.workers.loop import Duty
from holdfast.workers.retention import RETENTION
from holdfast.workers.sweeps import sweeps


def duties(settings: Settings) -> list[Duty]:
    return [RETENTION, *sweeps(settings.sweep_seconds)]
