"""A mail server for a Holdfast that runs in another process."""

import queue
import socketserver
import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Self

WAIT_SECONDS = 30.0


class _Session(socketserver.StreamRequestHandler):
    """Just enough of RFC 5321 to take mail."""

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            command = line[:4].strip().upper()
            if command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                assert isinstance(self.server, _Server)
                self.server.mails.put(message_from_bytes(text, EmailMessage, policy=default))
            self.wfile.write(b"221 bye\r\n" if command == b"QUIT" else b"250 ok\r\n")
            if command == b"QUIT":
                return


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        self.mails: queue.Queue[EmailMessage] = queue.Queue()
        super().__init__(("127.0.0.1", 0), _Session)


class SmtpThread:
    """Takes mails for as long as the block lasts."""

    def __init__(self) -> None:
        self._server = _Server()
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """As HOLDFAST_SMTP_URL wants it."""
        return f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def next_text(self, holding: str = "") -> str:
        """The text of the next mail that holds this, once it has come; others are passed over."""
        while True:
            mail = self._server.mails.get(timeout=WAIT_SECONDS)
            part = mail.get_body(("plain",))
            assert part is not None
            if holding in (text := part.get_content()):
                return text

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
