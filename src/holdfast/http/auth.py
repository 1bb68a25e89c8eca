"""Authentication of a request: a bearer token or the web app's session cookie (SPEC 4.1)."""

import hashlib
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from holdfast.config import Settings
from holdfast.http.callers import Caller
from holdfast.http.context import Context
from holdfast.kernel.actor import Actor
from holdfast.kernel.errors import Refusal, forbidden

SESSION_COOKIE = "holdfast_session"
# Names whose session a page takes the cookie for: it may be another's by the time of the request.
USER_HEADER = "holdfast-user"
# Browsers take a cookie of this name only over https and from this host: no neighbour on
# another subdomain can plant one.
SECURE_SESSION_COOKIE = f"__Host-{SESSION_COOKIE}"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

bearer_scheme = HTTPBearer(auto_error=False, scheme_name="accessToken", bearerFormat="JWT")
cookie_scheme = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, scheme_name="session")


def session_cookie(settings: Settings) -> str:
    """The name of the session cookie of this server."""
    return SECURE_SESSION_COOKIE if settings.is_https else SESSION_COOKIE


def session_secret(request: Request, settings: Settings) -> str | None:
    """The secret in the request's session cookie."""
    return request.cookies.get(session_cookie(settings))


def secret_hash(secret: str) -> bytes:
    """What the database keeps of a random secret (sessions, refresh tokens, resets)."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


async def authenticate(request: Request) -> Actor | None:
    """The signed-in user of this request; None when it carries no credentials.

    Raises:
        Refusal: `unauthenticated` for credentials that are not valid (any more).
    """
    if "holdfast.actor" in request.scope:
        return request.scope["holdfast.actor"]
    context: Context = request.app.state.context
    header = request.headers.get("authorization")
    cookie = session_secret(request, context.settings)
    caller: Caller | None = None
    if header is not None:
        caller = await _by_bearer(context, header)
    elif cookie is not None:
        check_same_origin(request, context.settings)
        caller = await context.callers.by_session(secret_hash(cookie))
        if caller is None:
            raise Refusal("unauthenticated", "The session has ended. Please sign in again.")
        expected = request.headers.get(USER_HEADER)
        if expected is not None and expected != str(caller.actor.id):
            raise Refusal("unauthenticated", "Somebody else is signed in here now.")
    actor = caller.actor if caller is not None else None
    request.scope["holdfast.actor"] = actor
    request.scope["holdfast.sign_in"] = caller.sign_in_id if caller is not None else None
    return actor


def current_sign_in(request: Request) -> UUID | None:
    """The sign-in behind a request that was authenticated."""
    return request.scope.get("holdfast.sign_in")


async def _by_bearer(context: Context, header: str) -> Caller:
    scheme, _, token = header.partition(" ")
    claims = context.tokens.read_access_token(token.strip()) if scheme.lower() == "bearer" else None
    if claims is None:
        raise Refusal("unauthenticated", "The access token is not valid or has expired.")
    caller = await context.callers.by_token(claims)
    if caller is None:
        raise Refusal("unauthenticated", "This sign-in has ended. Please sign in again.")
    return caller


def check_same_origin(request: Request, settings: Settings) -> None:
    """Refuse a write that another site's page makes with this browser's cookie.

    `Sec-Fetch-Site` decides where the browser sends it, else `Origin`; a client that sends
    neither is not a browser.
    """
    if request.method in _SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    if origin is not None and origin.rstrip("/") in settings.allowed_origins:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
    elif origin is None or is_own_origin(
        origin, f"{request.url.scheme}://{request.headers.get('host', '')}", settings
    ):
        return
    raise forbidden("This request came from another site.")


def is_own_origin(origin: str, asked: str, settings: Settings) -> bool:
    """Whether a page of this origin is one of this server's, scheme and all.

    Args:
        asked: the origin that the request itself came to. Where it is the public host, the public
            URL knows the scheme better than a connection behind a proxy.
    """
    public = _parts(settings.base_url)
    given = _parts(origin)
    if given is None:
        return False
    if public is not None and given[1] == public[1]:
        return given == public
    return given == _parts(asked)


def _parts(origin: str) -> tuple[str, str] | None:
    """Scheme and host with its port, in one spelling; None for what is no origin."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    default = 443 if parts.scheme == "https" else 80
    host = parts.hostname.lower()
    return parts.scheme, host if port in (None, default) else f"{host}:{port}"


async def only_documents(
    bearer: Annotated[object, Security(bearer_scheme)],
    cookie: Annotated[object, Security(cookie_scheme)],
) -> None:
    """Only tells OpenAPI how to sign in; `authenticate` does it."""


async def signed_in(request: Request) -> Actor:
    actor = await authenticate(request)
    if actor is None:
        raise Refusal("unauthenticated", "Please sign in.")
    return actor


async def staff_only(request: Request) -> Actor:
    actor = await signed_in(request)
    if not actor.is_staff:
        raise forbidden("Only staff may do this.")
    return actor


async def admin_only(request: Request) -> Actor:
    actor = await signed_in(request)
    if actor.role != "admin":
        raise forbidden("Only an administrator may do this.")
    return actor


# `HoldfastRoute` runs these before it reads the body: 401 and 403 come before 400 and 422.
CALLER_CHECKS = frozenset({signed_in, staff_only, admin_only})

_scheme = Depends(only_documents)


async def _signed_in(actor: Annotated[Actor, Depends(signed_in)], _: None = _scheme) -> Actor:
    return actor


async def _staff(actor: Annotated[Actor, Depends(staff_only)], _: None = _scheme) -> Actor:
    return actor


async def _admin(actor: Annotated[Actor, Depends(admin_only)], _: None = _scheme) -> Actor:
    return actor


SignedIn = Annotated[Actor, Depends(_signed_in)]
Staff = Annotated[Actor, Depends(_staff)]
Admin = Annotated[Actor, Depends(_admin)]
