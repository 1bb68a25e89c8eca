"""The Socket.IO server as an ASGI application whose refusals are problems (SPEC 4.9)."""

import logging

import socketio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.http.problem import MEDIA_TYPE, problem_body
from holdfast.kernel import metrics

_SCENARIOS = {401: "unauthenticated", 404: "not_found", 405: "method_not_allowed"}

log = logging.getLogger("holdfast.realtime")


class LiveApp:
    """ASGI application: Socket.IO at `/socket.io`."""

    def __init__(self, sio: socketio.AsyncServer) -> None:
        self._app: ASGIApp = socketio.ASGIApp(sio, socketio_path="/socket.io")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answered = False
        is_problem = False

        async def send_problems(message: Message) -> None:
            nonlocal answered, is_problem
            answered = True
            if message["type"] == "http.response.start" and message["status"] >= 400:
                is_problem = True
                await _refuse(message["status"], scope, send)
            elif not is_problem:
                await send(message)

        try:
            await self._app(scope, receive, send_problems)
        except Exception as error:
            # Only what a client sent can make this fail, and only that client is concerned.
            metrics.SOCKET_GARBAGE.inc()
            log.info("a live connection ended: %r", error)
            if scope["type"] == "http" and not answered:
                await _refuse(400, scope, send)


async def _refuse(status: int, scope: Scope, send: Send) -> None:
    scenario = _SCENARIOS.get(status, "malformed_request")
    detail = "This is not a request that a Socket.IO client makes."
    scope["holdfast.scenario"] = scenario
    body = problem_body(scenario, detail, scope["path"])
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
