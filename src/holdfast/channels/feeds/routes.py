"""All routes of calendar feeds, put together."""

from fastapi import APIRouter

from holdfast.channels.feeds import create, read, revoke, serve
from holdfast.channels.feeds.routing import public_router, router

# Each of these has added its own to a router.
VERBS = (create, read, revoke, serve)

routers: tuple[APIRouter, ...] = (router, public_router)
