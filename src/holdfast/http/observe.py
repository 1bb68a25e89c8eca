"""What happens to each request, seen from outside: its id, its log line, its numbers (SPEC §9)."""

import asyncio
import random
import re
from collections.abc import Mapping
from typing import Any

from starlette.types import Scope

from holdfast.http.access_log import AccessLog
from holdfast.kernel import metrics

TELL_SECONDS = 0.1
UNMATCHED = "unmatched"
TEMPLATE_KEY = "holdfast.template"
"""Set in the scope by what knows the template of the request's path already."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Asked every few seconds by machines: their good answers would drown everything else.
UNLOGGED = ("/health", "/health/live", "/health/ready", "/metrics")
_SANE_ID = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


class Observer:
    """Logs and counts requests.

    Args:
        templates: of the paths, by the `id` of their routes, where a route does not know the whole
            of it itself. The framework knows, too, but makes all its routes anew for an answer.
    """

    def __init__(self, templates: Mapping[int, str], access_log: AccessLog) -> None:
        self._templates = templates
        self._access_log = access_log
        self._counters: dict[tuple[str, str, int], tuple[Any, Any]] = {}
        self._in_flight = 0
        self._will_tell = False

    def begin(self) -> None:
        """A request has come."""
        self._in_flight += 1
        self._tell_soon()

    def end(self, scope: Scope, status: int, seconds: float, *, is_replay: bool) -> None:
        """It was answered; with status 0, nobody waited for it any more."""
        self._in_flight -= 1
        self._tell_soon()
        route = self._route(scope)
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        count, duration = self._counters.get((method, route, status)) or self._counter(
            method, route, status
        )
        count.inc()
        duration.observe(seconds)
        scenario = scope.get("holdfast.scenario")
        if scenario is not None:
            metrics.REFUSALS.labels(scenario).inc()
        if is_replay:
            metrics.REPLAYS.inc()
        if self._access_log.is_on and (route not in UNLOGGED or status >= 500):
            self._access_log.write(_entry(scope, method, route, status, seconds))

    def _tell_soon(self) -> None:
        # Ten times a second at most: twice for each request costs as much as its log line.
        if not self._will_tell:
            self._will_tell = True
            asyncio.get_running_loop().call_later(TELL_SECONDS, self._tell)

    def _tell(self) -> None:
        self._will_tell = False
        metrics.IN_FLIGHT.set(self._in_flight)

    def _counter(self, method: str, route: str, status: int) -> tuple[Any, Any]:
        pair = (
            metrics.REQUESTS.labels(method, route, status),
            metrics.REQUEST_SECONDS.labels(method, route),
        )
        self._counters[method, route, status] = pair
        return pair

    def _route(self, scope: Scope) -> str:
        known = scope.get(TEMPLATE_KEY)
        if known is not None:
            return known
        route = scope.get("route")
        if route is None:
            return UNMATCHED
        return self._templates.get(id(route)) or getattr(route, "path_format", UNMATCHED)


def without_secrets(scope: Scope) -> str:
    """The path as it was sent, with the parameter's name in place of what is no id.

    A token or the secret of a link is such a parameter, also where it is only part of a segment:
    `/api/v1/reservations/{token}/extend`, `/api/v1/feeds/{secret}.ics`.
    """
    path: str = scope["path"]
    hidden = {
        str(value): f"{{{name}}}"
        for name, value in scope.get("path_params", {}).items()
        if not _is_id(name)
    }
    return "/".join(_hidden_part(part, hidden) for part in path.split("/"))


def _hidden_part(part: str, hidden: dict[str, str]) -> str:
    if part in hidden:
        return hidden[part]
    stem, dot, ending = part.rpartition(".")
    return f"{hidden[stem]}{dot}{ending}" if stem in hidden else part


def _is_id(name: str) -> bool:
    return name.endswith("_id")


def request_id_of(scope: Scope) -> str:
    """The client's own id of this request when it is a sane one, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            if _SANE_ID.fullmatch(value):
                return value.decode()
            break
    return f"{random.getrandbits(128):032x}"


def _entry(scope: Scope, method: str, route: str, status: int, seconds: float) -> dict[str, Any]:
    """The facts of the log line. Paths and queries may hold secrets: of them, only ids are told."""
    actor = scope.get("holdfast.actor")
    client = scope.get("client")
    ids = {name: str(value) for name, value in scope.get("path_params", {}).items() if _is_id(name)}
    return {
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 2),
        **ids,
        "scenario": scope.get("holdfast.scenario"),
        "user": str(actor.id) if actor is not None else None,
        "address": client[0] if client else None,
        "request_id": scope["holdfast.request_id"],
    }
