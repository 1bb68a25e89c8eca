"""A small Pusher-compatible service: enough of the protocol for the stock clients of both sides."""

import asyncio
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

KEY, SECRET, APP = "a-key", "a-secret", "7"


def signature(text: str) -> str:
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


class PusherServer:
    """received: every event that was taken, in order; is_broken: answers 503 to triggers."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.is_broken = False
        self.url = ""
        self._channels: dict[str, set[WebSocket]] = {}
        self._count = 0
        self.app = Starlette(
            routes=[
                WebSocketRoute("/app/{key}", self._socket),
                Route("/apps/{id}/batch_events", self._trigger, methods=["POST"]),
            ]
        )

    async def _trigger(self, request: Request) -> JSONResponse:
        body = await request.body()
        query = dict(request.query_params)
        signed = query.pop("auth_signature")
        text = "&".join(f"{name}={query[name]}" for name in sorted(query))
        if (
            query["body_md5"] != hashlib.md5(body, usedforsecurity=False).hexdigest()
            or query["auth_key"] != KEY
            or request.path_params["id"] != APP
            or not hmac.compare_digest(signed, signature(f"POST\n{request.url.path}\n{text}"))
        ):
            return JSONResponse({"error": "bad signature"}, 401)
        if self.is_broken:
            return JSONResponse({"error": "broken"}, 503)
        batch = json.loads(body)["batch"]
        if len(batch) > 10 or any(len(event["data"].encode()) > 10_240 for event in batch):
            return JSONResponse({"error": "too large"}, 400)
        for event in batch:
            self.received.append(event)
            message = {"event": event["name"], "channel": event["channel"], "data": event["data"]}
            for listener in self._channels.get(event["channel"], ()):
                await listener.send_json(message)
        return JSONResponse({"batch": [{} for _ in batch]})

    async def _socket(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self._count += 1
        socket_id = f"{self._count}.{self._count}"
        established = json.dumps({"socket_id": socket_id, "activity_timeout": 120})
        await websocket.send_json({"event": "pusher:connection_established", "data": established})
        try:
            while True:
                message = await websocket.receive_json()
                if message["event"] == "pusher:ping":
                    await websocket.send_json({"event": "pusher:pong", "data": "{}"})
                if message["event"] != "pusher:subscribe":
                    continue
                channel = message["data"]["channel"]
                expected = f"{KEY}:{signature(f'{socket_id}:{channel}')}"
                answer = {"event": "pusher_internal:subscription_succeeded", "channel": channel}
                if channel.startswith("private-") and message["data"].get("auth") != expected:
                    answer = {"event": "pusher:subscription_error", "channel": channel}
                else:
                    self._channels.setdefault(channel, set()).add(websocket)
                await websocket.send_json({**answer, "data": "{}"})
        except WebSocketDisconnect:
            for listeners in self._channels.values():
                listeners.discard(websocket)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to pytest."""
        yield


@asynccontextmanager
async def pusher_server() -> AsyncIterator[PusherServer]:
    """Run one on a free port for as long as the block lasts."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    pusher = PusherServer()
    pusher.url = f"http://{KEY}:{SECRET}@127.0.0.1:{port}/apps/{APP}"
    server = _Server(uvicorn.Config(pusher.app, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield pusher
    finally:
        server.should_exit = True
        server.force_exit = True
        await task
