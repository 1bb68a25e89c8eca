"""Headers and parts of a mail as bytes (RFC 5322, RFC 2045, RFC 2047).

`email.message.EmailMessage` parses each header that it is given; a mail takes four times as long
to write with it. What is not plain here, encoding and folding of words, the standard library does.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr
from uuid import uuid4

LINE_CHARACTERS = 76
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a mail: its headers after `Content-`, and its body as it is sent."""

    headers: Sequence[tuple[str, str]]
    body: bytes

    def as_bytes(self) -> bytes:
        lines = [f"Content-{name}: {value}\r\n" for name, value in self.headers]
        return "".join(lines).encode("ascii") + b"\r\n" + self.body


def text_part(text: str, subtype: str) -> Part:
    """Text in quoted-printable: a reader of the source can read it, whatever lines it has."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    written = binascii.b2a_qp(lines.encode(), istext=True)
    return Part(
        (
            ("Type", f'text/{subtype}; charset="utf-8"'),
            ("Transfer-Encoding", "quoted-printable"),
        ),
        _lines(written),
    )


def base64_part(content: bytes, content_type: str, *, filename: str | None = None) -> Part:
    """Bytes that must arrive as they are; with a name they are a file."""
    headers = [("Type", content_type), ("Transfer-Encoding", "base64")]
    if filename is not None:
        headers.append(("Disposition", f'attachment; filename="{filename}"'))
    return Part(headers, _lines(base64.encodebytes(content)))


def multipart(subtype: str, parts: Sequence[Part]) -> Part:
    """Several parts in one. The boundary cannot occur in them: their `=` is never before `_`."""
    boundary = f"=_{uuid4().hex}"
    between = f"--{boundary}\r\n".encode()
    body = b"".join(between + part.as_bytes() + b"\r\n" for part in parts)
    content_type = f'multipart/{subtype}; boundary="{boundary}"'
    return Part((("Type", content_type),), body + f"--{boundary}--\r\n".encode())


def header(name: str, value: str) -> bytes:
    """A header of text; words outside of ASCII are encoded, long lines folded.

    Raises:
        ValueError: it has control characters, a line break above all.
    """
    return _header(name, _words(_checked(value), len(name) + 2))


def address_header(name: str, display_name: str, address: str) -> bytes:
    """A header with one address, whose local part may be outside of ASCII (RFC 6532).

    Raises:
        ValueError: as `header`.
    """
    _checked(address)
    if not display_name:
        return _header(name, address)
    if display_name.isascii() and "=?" not in display_name:
        shown = formataddr((_checked(display_name), "x"))[: -len(" <x>")]
    else:
        shown = _words(_checked(display_name), len(name) + 2, is_encoded=True)
    return _header(name, f"{shown}\r\n <{address}>" if len(shown) > 40 else f"{shown} <{address}>")


def plain_header(name: str, value: str) -> bytes:
    """A header that may not be changed by folding, such as a link or an id. Raises as `header`."""
    return _header(name, _checked(value))


def _header(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode()


def _words(text: str, used: int, *, is_encoded: bool = False) -> str:
    charset = "utf-8" if is_encoded or not text.isascii() or "=?" in text else "us-ascii"
    words = Header(text, charset, maxlinelen=LINE_CHARACTERS, header_name="x" * used)
    return words.encode(linesep="\r\n")


def _checked(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("a header with control characters")
    return value


def _lines(body: bytes) -> bytes:
    return body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
