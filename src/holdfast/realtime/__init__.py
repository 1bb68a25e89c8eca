"""Live updates over Socket.IO (SPEC §5).

Where they are installed, python-socketio imports packages that only its clients, or other ways
between processes, have a use for: a third of the time of a start, and 20 MB. It does without what
is absent, and so they are absent while it is imported here for the first time.
"""

import os
import sys
from importlib import import_module
from typing import Any, cast

_CLIENTS = ("aiohttp", "requests", "websocket")
_MANAGERS = ("redis", "valkey", "kombu", "kafka", "aio_pika")


def _import_socketio() -> None:
    modules = cast("dict[str, Any]", sys.modules)
    unused = set(_CLIENTS + _MANAGERS) - set(modules)
    if os.environ.get("HOLDFAST_REDIS_URL"):
        unused -= {"redis"}
    modules.update(dict.fromkeys(unused))  # None: cannot be imported
    try:
        import_module("socketio")
    finally:
        for name in unused:
            del modules[name]


_import_socketio()
