"""A real SMTP server (aiosmtpd) that says what a test wants it to."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

GONE = "gone"
HANGS = "hangs"


@dataclass
class Taken:
    """A mail that was taken."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    raw: bytes
    is_tls: bool


@dataclass
class Handler:
    """Answers as `says` has it, once for each listed answer; then it takes everything.

    says: by command (`MAIL`, `RCPT`, `DATA`): a reply, GONE (the connection breaks) or HANGS.
        `DATA` is asked when all of the mail is there. `AFTER` takes the mail and then breaks.
    """

    says: dict[str, list[str]] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    is_forever: bool = False
    servers: list[SMTP] = field(default_factory=list)

    async def answer(self, command: str, server: SMTP) -> str | None:
        self.asked.append(command)
        answers = self.says.get(command)
        if not answers:
            return None
        said = answers[0] if self.is_forever else answers.pop(0)
        if said == GONE:
            transport: Any = server.transport
            transport.abort()
            return "421 gone"
        if said == HANGS:
            await asyncio.Event().wait()
        return said

    async def handle_MAIL(
        self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refused = await self.answer("MAIL", server)
        if refused:
            return refused
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 ok"

    async def handle_RCPT(
        self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refused = await self.answer("RCPT", server)
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        refused = await self.answer("DATA", server)
        if refused:
            return refused
        raw: Any = envelope.content
        self.taken.append(
            Taken(
                envelope.mail_from or "",
                list(envelope.rcpt_tos),
                message_from_bytes(raw, EmailMessage, policy=default),
                raw,
                session.ssl is not None,
            )
        )
        await self.answer("AFTER", server)
        return "250 2.0.0 taken"


@dataclass
class MailServer:
    """The server of a test. connections: how many were made, and the most at a time."""

    port: int
    handler: Handler
    made: int = 0
    most: int = 0
    open: set[Any] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?from=Desk <desk@clinic.example>"

    @property
    def taken(self) -> list[Taken]:
        return self.handler.taken


@asynccontextmanager
async def mail_server(
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    password: str | None = None,
    says: dict[str, list[str]] | None = None,
) -> AsyncIterator[MailServer]:
    """
    Args:
        tls, starttls: TLS from the start, or required by STARTTLS.
        password: of `desk`, without whom nothing is taken.
    """
    handler = Handler(dict(says or {}))
    server = MailServer(0, handler)

    class Counted(SMTP):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            if self not in server.open:
                server.made += 1
            server.open.add(self)
            server.most = max(server.most, len(server.open))

        def connection_lost(self, error: Exception | None) -> None:
            server.open.discard(self)
            super().connection_lost(error)

    def check(
        _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=data.password == (password or "").encode(), handled=False)

    def make() -> SMTP:
        with warnings.catch_warnings(action="ignore"):  # a password without TLS
            return made()

    def made() -> SMTP:
        return Counted(
            handler,
            enable_SMTPUTF8=True,
            hostname="mail.test",
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_required=password is not None,
            auth_require_tls=starttls is not None,
            authenticator=check,
        )

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(make, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for one in list(server.open):
            one.transport.abort()


async def until(is_true: Callable[[], Any], seconds: float = 20.0) -> Any:
    """What `is_true` returns, once it is true."""
    async with asyncio.timeout(seconds):
        while not (found := is_true()):  # noqa: ASYNC110 (it may be in the database)
            await asyncio.sleep(0.01)
    return found
