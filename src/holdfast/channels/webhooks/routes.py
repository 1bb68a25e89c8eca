"""All routes of webhooks, put together."""

from fastapi import APIRouter

from holdfast.channels.webhooks import change, create, read, replay, rotate, switch, trial
from holdfast.channels.webhooks.inbound import notifications
from holdfast.channels.webhooks.routing import router

# Each of these has added its own to the router.
VERBS = (create, read, change, switch, rotate, trial, replay)

routers: tuple[APIRouter, ...] = (router, read.types_router, notifications.router)
