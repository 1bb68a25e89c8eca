"""All duties of a worker (SPEC §7)."""

from holdfast.config import Settings
from holdfast.workers.loop import Duty
from holdfast.workers.retention import retention
from holdfast.workers.sweeps import sweeps


def duties(settings: Settings) -> list[Duty]:
    return [retention(settings.delivery_log_days), *sweeps(settings.sweep_seconds)]
