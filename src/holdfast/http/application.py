"""The application: what is asked most reaches the table of routes before it reaches FastAPI."""

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.http.problem import MEDIA_TYPE, SCENARIOS, problem_body

SOCKET_PATH = "/socket.io/"


class Application(FastAPI):
    """FastAPI with layers in front of all of its own, each of which costs a part of an answer.

    Attributes:
        front: gets each HTTP request, and passes on to `framework` what it does not answer.
    """

    front: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["app"] = self
            await self.front(scope, receive, send)
        elif scope["type"] == "websocket":
            await super().__call__(scope, receive, _with_problems(scope, send))
        else:
            await super().__call__(scope, receive, send)

    async def framework(self, scope: Scope, receive: Receive, send: Send) -> None:
        """FastAPI itself."""
        await super().__call__(scope, receive, send)


def _with_problems(scope: Scope, send: Send) -> Send:
    """`send` for a WebSocket, where a refusal of the handshake is a problem (SPEC 4.9)."""
    is_accepted = False

    async def send_problem(message: Message) -> None:
        nonlocal is_accepted
        is_accepted = is_accepted or message["type"] == "websocket.accept"
        if is_accepted or message["type"] != "websocket.close":
            await send(message)
            return
        path: str = scope["path"]
        if path.startswith(SOCKET_PATH):
            scenario, detail = "malformed_request", "No Socket.IO client asks for that."
        else:
            scenario, detail = "not_found", "There is no WebSocket at this address."
        body = problem_body(scenario, detail, path)
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
        status = SCENARIOS[scenario].status
        await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": body})

    return send_problem
