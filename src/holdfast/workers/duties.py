"""All duties of a worker (SPEC §7)."""

from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.kernel.loops import Loop
from holdfast.workers.retention import retention
from holdfast.workers.sweeps import sweeps


def duties(settings: Settings, db: Database) -> list[Loop]:
    return [retention(db, settings.delivery_log_days), *sweeps(db, settings.sweep_seconds)]
