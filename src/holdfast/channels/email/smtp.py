"""Connections to the mail server: at most four, used again for the next mail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib

from holdfast.deliveries.mail_server import MailServer
from holdfast.deliveries.model import NotNowError

CONNECTIONS = 4
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
# For one of the four connections. A mail that was written and got none by then goes back.
ROOM_SECONDS = 10.0
# A connection that nobody needs is closed by then; servers close theirs after minutes.
IDLE_SECONDS = 5.0
# A mail server may count what comes through one connection.
MAILS_PER_CONNECTION = 100


class Connection:
    """A connection that has signed in. mails: how many went through it."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self.client = client
        self.mails = 0
        self.used_at = 0.0


class Connections:
    """Keeps connections for a few seconds, for the next mail.

    Args:
        local_host: how this side calls itself.
    """

    def __init__(self, server: MailServer, local_host: str) -> None:
        self._server = server
        self._local_host = local_host
        self._room = asyncio.Semaphore(CONNECTIONS)
        self._idle: list[Connection] = []
        self._closing: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def one(self) -> AsyncIterator["Lease"]:
        """The right to one connection; the lease opens it, and keeps it unless it is given up.

        Raises:
            NotNowError: all are in use, and stay so.
        """
        try:
            async with asyncio.timeout(ROOM_SECONDS):
                await self._room.acquire()
        except TimeoutError:
            raise NotNowError from None
        lease = Lease(self)
        try:
            yield lease
        finally:
            lease.give_back()
            self._room.release()

    def idle(self) -> Connection | None:
        """A connection that is open still, as far as this side knows."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.client.is_connected and now - connection.used_at < IDLE_SECONDS:
                return connection
            connection.client.close()
        return None

    async def open(self) -> Connection:
        """
        Raises:
            SMTPException, OSError: there is no way to send.
        """
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.uses_tls,
            local_hostname=self._local_host,
            timeout=ANSWER_SECONDS,
        )
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await client.connect()
        except TimeoutError:
            client.close()
            raise aiosmtplib.SMTPConnectTimeoutError("no answer") from None
        except BaseException:
            client.close()
            raise
        return Connection(client)

    def keep(self, connection: Connection) -> None:
        connection.mails += 1
        if connection.mails >= MAILS_PER_CONNECTION or not connection.client.is_connected:
            connection.client.close()
            return
        connection.used_at = asyncio.get_running_loop().time()
        self._idle.append(connection)
        if self._closing is None or self._closing.done():
            self._closing = asyncio.create_task(self._close_idle())

    async def _close_idle(self) -> None:
        while self._idle:
            await asyncio.sleep(IDLE_SECONDS)
            now = asyncio.get_running_loop().time()
            old = [one for one in self._idle if now - one.used_at >= IDLE_SECONDS]
            self._idle = [one for one in self._idle if one not in old]
            for connection in old:
                try:
                    await connection.client.quit(timeout=1.0)
                except (aiosmtplib.SMTPException, OSError):
                    connection.client.close()


class Lease:
    """One mail's use of a connection."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._connection: Connection | None = None
        self._is_good = False

    async def client(self, *, fresh: bool = False) -> tuple[aiosmtplib.SMTP, bool]:
        """A client, and whether it was used before: then it may be closed without our knowing."""
        used = None if fresh else self._connections.idle()
        self._connection = used or await self._connections.open()
        return self._connection.client, used is not None

    def is_good(self) -> None:
        """Say that the next mail can go through the connection, too."""
        self._is_good = True

    def drop(self) -> None:
        """Close the connection; the next one is another."""
        if self._connection is not None:
            self._connection.client.close()
            self._connection = None

    async def reset(self) -> bool:
        """Have the server forget the mail that it refused; False without a connection."""
        if self._connection is None or not self._connection.client.is_connected:
            return False
        await self._connection.client.rset()
        return True

    def give_back(self) -> None:
        if self._connection is None:
            return
        if self._is_good:
            self._connections.keep(self._connection)
        else:
            self._connection.client.close()
