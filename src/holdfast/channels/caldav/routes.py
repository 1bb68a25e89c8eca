"""All routes of calendar connections, put together."""

from fastapi import APIRouter

from holdfast.channels.caldav import change, create, read, sync
from holdfast.channels.caldav.routing import router

# Each of these has added its own to the router.
VERBS = (create, read, change, sync)

routers: tuple[APIRouter, ...] = (router,)
