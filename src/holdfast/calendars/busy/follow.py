"""Slots follow busy times: after each read, and where busy times went by themselves."""

import logging
from contextlib import suppress
from uuid import UUID

from holdfast.calendars.busy import store
from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal

# In one transaction: few enough that nobody who reserves waits long.
SLOTS_AT_ONCE = 500
# More slots than a provider can have in the time that is looked at.
MAXIMUM_STEPS = 100
PROVIDERS_AT_ONCE = 20
PUT_OFF_SECONDS = 60.0

log = logging.getLogger("holdfast.calendars")


async def follow(db: Database, provider_id: UUID) -> int:
    """Block and free slots until they are as the busy times say; how many were changed."""
    changed = 0
    for _ in range(MAXIMUM_STEPS):
        row = await db.run(lambda connection: store.apply(connection, provider_id, SLOTS_AT_ONCE))
        changed += row["blocked"] + row["freed"]
        if row["outcome"] == "done":
            break
    return changed


async def follow_marked(db: Database) -> int:
    """Do so for providers whose busy times have changed, some of them; how many."""
    providers = await db.run(lambda connection: store.marked(connection, PROVIDERS_AT_ONCE))
    for provider_id in providers:
        try:
            await follow(db, provider_id)
        except Exception:
            log.exception("slots of provider %s do not follow its busy times", provider_id)
            with suppress(Refusal):
                await db.run(
                    lambda connection, provider_id=provider_id: store.put_off(
                        connection, provider_id, PUT_OFF_SECONDS
                    )
                )
    return len(providers)
