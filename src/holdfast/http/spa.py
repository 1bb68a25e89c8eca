"""The web app's files at `/`, as they were built into `web_dist` (SPEC §8).

An address that is a screen of the app (`/upcoming`, `/shared/…`) answers the app's one page to a
browser that asks for a page; the app itself finds out what to show. Everything else is left to the
routes before, so that an unknown address of the API stays a problem document.
"""

import hashlib
import mimetypes
import re
from collections.abc import Container, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from holdfast.http.preconditions import caller_has

# What a page may do: load from here alone, run no inline script, be shown inside nothing. The
# dialogs' scroll lock and the calendar write style elements, hence the one exception.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Not the web app's, whatever they are asked for.
RESERVED = ("api", "socket.io", "health", "metrics", "assets")
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_ALIASES = {"x-gzip": "gzip"}
_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
PAGE = "index.html"
_MISSING = (
    b"<!doctype html><html lang=en><meta charset=utf-8><title>Holdfast</title>"
    b"<h1>Holdfast</h1><p>The server is running. Its web app has not been built here: "
    b"<code>make web</code> builds it.<p><a href=/api/docs>API documentation</a>"
)

mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")


class File(NamedTuple):
    """A file of the app with the forms it is kept in: by content coding, `""` for none."""

    media_type: str
    tag: str
    is_immutable: bool
    forms: dict[str, bytes]


class WebApp(BaseRoute):
    """The last route of the application. The files are small and are kept in memory."""

    def __init__(self, files_by_path: dict[str, File]) -> None:
        self._files = files_by_path
        if PAGE not in files_by_path:
            self._files = {**files_by_path, PAGE: _file(PAGE, {"": _MISSING})}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return Match.NONE, {}
        path = scope["path"].lstrip("/")
        if path in self._files or path == "":
            return Match.FULL, {"web_file": path or PAGE}
        accepted = Headers(scope=scope).get("accept", "")
        if path.split("/")[0] in RESERVED or "text/html" not in accepted:
            return Match.NONE, {}
        return Match.FULL, {"web_file": PAGE}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _answer(self._files[scope["web_file"]], Headers(scope=scope))
        await answer(scope, receive, send)


def built_files() -> dict[str, File]:
    """The files of `web_dist` by their path; none when the app was not built."""
    folder = files("holdfast").joinpath("web_dist")
    found = dict(_walk(folder, "")) if folder.is_dir() else {}
    codings = tuple(suffix for _, suffix in ENCODINGS)
    return {
        path: _file(
            path,
            {"": content}
            | {name: found[path + suffix] for name, suffix in ENCODINGS if path + suffix in found},
        )
        for path, content in found.items()
        if not path.endswith(codings)
    }


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for child in folder.iterdir():
        path = prefix + child.name
        if child.is_dir():
            found += _walk(child, path + "/")
        else:
            found.append((path, child.read_bytes()))
    return found


def _file(path: str, forms: dict[str, bytes]) -> File:
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    tag = hashlib.sha256(forms[""]).hexdigest()[:20]
    # A hash of the content is in the name of each asset.
    return File(media_type, tag, path.startswith("assets/"), forms)


def best_coding(accepted: Sequence[str], offered: Container[str]) -> str:
    """The content coding to answer with; `""` for none (RFC 9110 §12.5.3).

    What the client gives a weight of 0 is never used. Of the rest the heaviest wins, and of equal
    ones the first of `ENCODINGS`. Without any that it wants, the file goes out as it is.

    Args:
        accepted: the values of `Accept-Encoding`.
        offered: the codings that there are.
    """
    weights = _weights(accepted)
    plain = weights.get("identity")
    # Who refuses a file as it is takes any coding that it does not refuse, too.
    otherwise = weights.get("*", 1.0 if plain == 0 else 0.0)
    wanted = [(weights.get(name, otherwise), name) for name, _ in ENCODINGS if name in offered]
    weight, coding = max(wanted, key=lambda pair: pair[0], default=(0.0, ""))
    return coding if weight > 0 and weight >= (plain or 0.0) else ""


def _weights(accepted: Sequence[str]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in ",".join(accepted).split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name:
            weights[_ALIASES.get(name, name)] = _weight(parameters)
    return weights


def _weight(parameters: Sequence[str]) -> float:
    """The `q` of a coding: 1 without it, 0 for what is none."""
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            return float(value) if _QUALITY.fullmatch(value.strip()) else 0.0
    return 1.0


def _answer(file: File, request: Headers) -> Response:
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if file.is_immutable else "no-cache",
        "Vary": "Accept-Encoding",
    }
    # The service worker lives by the policy of its own file, not by that of the page.
    if file.media_type in ("text/html", "text/javascript"):
        headers["Content-Security-Policy"] = POLICY
    coding = best_coding(request.getlist("accept-encoding"), file.forms)
    if coding:
        headers["Content-Encoding"] = coding
    tag = f"{file.tag}{coding}"
    headers["ETag"] = f'"{tag}"'
    if caller_has(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(file.forms[coding], media_type=file.media_type, headers=headers)
