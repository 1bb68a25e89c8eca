"""Whose pages may connect, and whose may do so with the visitor's session cookie (SPEC 4.1, §5)."""

from typing import Any

from holdfast.config import Settings
from holdfast.http.auth import is_own_origin


class Origins:
    """Pages of this server, and of HOLDFAST_ALLOWED_ORIGINS."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._allowed = settings.allowed_origins

    def may_connect(self, origin: str | None, environ: dict[str, Any]) -> bool:
        """Whether a page of this origin may connect; a client that is no browser names none."""
        return "*" in self._allowed or self._is_trusted(origin, environ)

    def may_use_cookie(self, environ: dict[str, Any]) -> bool:
        """Whether the session cookie counts. With "*" any page of the world may connect, but not
        as the visitor."""
        return self._is_trusted(environ.get("HTTP_ORIGIN"), environ)

    def _is_trusted(self, origin: str | None, environ: dict[str, Any]) -> bool:
        if origin is None or origin.rstrip("/") in self._allowed:
            return True
        scheme = environ.get("wsgi.url_scheme", "http").replace("ws", "http")
        return is_own_origin(origin, f"{scheme}://{environ.get('HTTP_HOST', '')}", self._settings)
