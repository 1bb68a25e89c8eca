"""Live updates over Socket.IO (SPEC §5)."""

import os

from holdfast.kernel.lean import import_without

# What only its clients need, and other ways between processes than the one that is configured.
_CLIENTS = ("aiohttp", "requests", "websocket")
_MANAGERS = ("valkey", "kombu", "kafka", "aio_pika")
_REDIS = () if os.environ.get("HOLDFAST_REDIS_URL") else ("redis",)

import_without("socketio", *_CLIENTS, *_MANAGERS, *_REDIS)
