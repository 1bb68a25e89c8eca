"""What takes the messages of a measured server: processes of their own on this machine."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from psycopg import Connection
from tests.support.make import User
from tests.support.server import Server

LOOK_SECONDS = 0.2
LIMIT_SECONDS = 120.0
ALLOWED = {"HOLDFAST_OUTBOUND_ALLOW": "127.0.0.0/8"}


@contextmanager
def mail_sink() -> Iterator[str]:
    """A mail server -> what HOLDFAST_SMTP_URL is."""
    with _sink("bench.mail_sink") as port:
        yield f"smtp://127.0.0.1:{port}?from=desk@clinic.example"


@contextmanager
def webhook_sink() -> Iterator[str]:
    """An endpoint -> its address, without a slash at the end."""
    with _sink("bench.webhook_sink") as port:
        yield f"http://127.0.0.1:{port}"


def add_endpoint(server: Server, admin: User, url: str, *types: str) -> str:
    """An endpoint of this server that wants these events -> its id."""
    answer = httpx.post(
        f"{server.url}/api/v1/webhook-endpoints",
        headers=admin.auth,
        json={"url": url, "types": list(types)},
    )
    answer.raise_for_status()
    return answer.json()["id"]


def until_settled(connection: Connection[Any]) -> None:
    """Wait until the log is planned and nothing is due or on its way.

    Raises:
        TimeoutError: after two minutes.
    """
    until = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < until:
        row = connection.execute(
            "SELECT EXISTS (SELECT FROM deliveries WHERE state IN ('pending', 'sending')) "
            "OR EXISTS (SELECT FROM consumers AS c JOIN outbox AS o ON o.position > c.position "
            "WHERE c.name IN ('notify', 'webhook')) "
            "OR EXISTS (SELECT FROM outbox WHERE position IS NULL)"
        ).fetchone()
        if row == (False,):
            return
        time.sleep(LOOK_SECONDS)
    raise TimeoutError("deliveries are still open")


@contextmanager
def _sink(module: str) -> Iterator[str]:
    command = [sys.executable, "-m", module]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
