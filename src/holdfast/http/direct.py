"""Answers well-formed requests without the framework's detour, which costs as much as what they do.

In front of the framework stands a table of the API's routes. A request that fits one of them is
taken apart here by the same models, and the route's function is called. Whatever is unusual about
it (a value that is not valid, a parameter given twice, a body of another type) goes the framework's
way, which answers it as ever: the only errors that this module knows are refusals.
"""

import inspect
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, NamedTuple, get_args, get_origin
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from holdfast.http.auth import only_documents
from holdfast.http.limits import again
from holdfast.http.observe import TEMPLATE_KEY
from holdfast.http.problem import on_refusal
from holdfast.http.route import HoldfastRoute, caller_checks
from holdfast.kernel.errors import Refusal


class _Unusual(Exception):
    """Not for this module: the framework shall have it."""


class _Parts(NamedTuple):
    """What a request consists of, and the results of what was asked for already."""

    request: Request
    path: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    results: dict[Any, Any]


Read = Callable[[_Parts], Any]
Resolve = Callable[[_Parts], Awaitable[Any]]


class _Entry(NamedTuple):
    """A route by its segments (None: a parameter); `answer` is missing where it is unusual."""

    template: str
    segments: tuple[str | None, ...]
    names: tuple[tuple[int, str], ...]
    route: APIRoute
    answer: "_Route | None"


class Table:
    """The routes by method and number of segments, in the order in which they are matched.

    Args:
        routers: the API's.
        prefix: of their paths.
    """

    def __init__(self, routers: Iterable[APIRouter], prefix: str) -> None:
        self._prefix = f"{prefix}/"
        self._entries: dict[tuple[str, int], list[_Entry]] = {}
        for router in routers:
            for route in router.routes:
                assert isinstance(route, APIRoute)
                entry = _entry(f"{prefix}{route.path_format}", route)
                for method in route.methods or ():
                    key = (method, len(entry.segments))
                    self._entries.setdefault(key, []).append(entry)

    def templates(self) -> dict[int, str]:
        """The template of each route, by the `id` of the route."""
        entries = (entry for group in self._entries.values() for entry in group)
        return {id(entry.route): entry.template for entry in entries}

    def answered(self) -> Iterator[tuple[str, str]]:
        """Method and template of each route that needs the framework for nothing."""
        for (method, _), entries in self._entries.items():
            for entry in entries:
                if entry.answer is not None:
                    yield method, entry.template

    def find(self, scope: Scope) -> tuple[_Entry, list[str]] | None:
        """The route that answers this request, and its segments."""
        path: str = scope["path"]
        if not path.startswith(self._prefix) or scope.get("root_path"):
            return None
        segments = path.split("/")
        for entry in self._entries.get((scope["method"], len(segments)), ()):
            if all(
                (wanted is None and segment) or wanted == segment
                for wanted, segment in zip(entry.segments, segments, strict=True)
            ):
                return (entry, segments) if entry.answer is not None else None
        return None


class Direct:
    """ASGI middleware: answers from the table, and leaves the rest to the framework."""

    def __init__(self, app: ASGIApp, table: Table) -> None:
        self._otherwise = app
        self._table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._table.find(scope) if scope["type"] == "http" else None
        if found is None:
            await self._otherwise(scope, receive, send)
            return
        entry, segments = found
        answer = entry.answer
        assert answer is not None
        path = {name: segments[number] for number, name in entry.names}
        scope["route"] = entry.route
        scope[TEMPLATE_KEY] = entry.template
        scope["endpoint"] = answer.call
        scope["path_params"] = path
        body = b""
        if answer.takes_body:
            body = (await receive()).get("body", b"")  # whole: `bounded` has read it
            receive = again(body, receive)
        request = Request(scope, receive, send)
        try:
            for check in answer.checks:
                await check(request)
            values = await answer.resolve(
                _Parts(request, path, _query(scope), _headers(scope), body, {})
            )
            response: Response = await answer.call(**values)
        except _Unusual:
            await self._otherwise(scope, receive, send)
            return
        except Refusal as refusal:
            response = await on_refusal(request, refusal)
        await response(scope, receive, send)


class _Route:
    """How one route's function is called.

    Raises:
        _Unusual: the route wants something that only the framework can give.
    """

    def __init__(self, route: HoldfastRoute) -> None:
        dependant = route.dependant
        call = dependant.call
        if call is None or inspect.signature(call).return_annotation is not Response:
            raise _Unusual
        self.call: Callable[..., Awaitable[Response]] = call
        self.checks = caller_checks(dependant)
        self.takes_body = route.body_field is not None
        self.resolve = _resolve(dependant)


def _entry(template: str, route: APIRoute) -> _Entry:
    parts = template.split("/")
    try:
        answer = _Route(route) if isinstance(route, HoldfastRoute) else None
    except _Unusual:
        answer = None
    return _Entry(
        template,
        tuple(None if "{" in part else part for part in parts),
        tuple((number, part[1:-1]) for number, part in enumerate(parts) if "{" in part),
        route,
        answer if all(_is_plain(part) for part in parts) else None,
    )


def _is_plain(part: str) -> bool:
    return "{" not in part or (part[0] == "{" and part[-1] == "}" and part[1:-1].isidentifier())


def _resolve(dependant: Dependant) -> Resolve:
    """What gets the arguments of a function, by name."""
    if dependant.cookie_params or any(
        (
            dependant.websocket_param_name,
            dependant.http_connection_param_name,
            dependant.response_param_name,
            dependant.background_tasks_param_name,
            dependant.security_scopes_param_name,
        )
    ):
        raise _Unusual
    reads = list(_reads(dependant))
    calls = [
        (needed.name, needed.call, _call(needed))
        for needed in dependant.dependencies
        if needed.call is not only_documents
    ]

    unread = {
        needed.name: None
        for needed in dependant.dependencies
        if needed.call is only_documents and needed.name is not None
    }

    async def resolve(parts: _Parts) -> dict[str, Any]:
        # Parameters first: who cannot be served is found out before anything is done.
        values: dict[str, Any] = {**unread}
        for name, read in reads:
            values[name] = read(parts)
        results = parts.results
        for name, key, call in calls:
            if key not in results:
                results[key] = await call(parts)
            if name is not None:
                values[name] = results[key]
        return values

    return resolve


def _call(dependant: Dependant) -> Resolve:
    """What calls a dependency."""
    call = dependant.call
    if call is None:
        raise _Unusual
    # A function, or an instance whose class makes it callable.
    if not any(map(inspect.iscoroutinefunction, (call, type(call).__call__))):
        raise _Unusual
    resolve = _resolve(dependant)

    async def answer(parts: _Parts) -> Any:
        return await call(**await resolve(parts))

    return answer


def _reads(dependant: Dependant) -> Iterator[tuple[str, Read]]:
    if dependant.request_param_name is not None:
        yield dependant.request_param_name, lambda parts: parts.request
    for field in dependant.path_params:
        yield field.name, _reader(field, lambda parts: parts.path)
    for field in dependant.query_params:
        yield field.name, _reader(field, lambda parts: parts.query)
    for field in dependant.header_params:
        if field.alias == field.name:
            raise _Unusual
        yield field.name, _reader(field, lambda parts: parts.headers, field.alias.lower())
    if len(dependant.body_params) > 1:
        raise _Unusual
    for field in dependant.body_params:
        yield field.name, _body_reader(field)


def _reader(field: Any, source: Callable[[_Parts], dict[str, str]], alias: str = "") -> Read:
    """What reads and checks one parameter."""
    annotation = field.field_info.annotation
    for kind in (annotation, *get_args(annotation)):
        if get_origin(kind) in (list, set, tuple, frozenset) or kind in (list, set, tuple):
            raise _Unusual
        if inspect.isclass(kind) and issubclass(kind, BaseModel):
            raise _Unusual
    name = alias or field.alias
    is_required = field.field_info.is_required()

    def read(parts: _Parts) -> Any:
        text = source(parts).get(name)
        if text is None:
            if is_required:
                raise _Unusual
            return field.get_default()
        value, errors = field.validate(text, {}, loc=("query", name))
        if errors:
            raise _Unusual
        return value

    return read


def _body_reader(field: Any) -> Read:
    if getattr(field.field_info, "embed", None):
        raise _Unusual
    is_required = field.field_info.is_required()

    def read(parts: _Parts) -> Any:
        if not parts.body:
            if is_required:
                raise _Unusual
            return field.get_default()
        if parts.headers.get("content-type") != "application/json":
            raise _Unusual
        try:
            content = json.loads(parts.body)
        except (ValueError, RecursionError):
            raise _Unusual from None
        value, errors = field.validate(content, {}, loc=("body",))
        if errors:
            raise _Unusual
        return value

    return read


def _query(scope: Scope) -> dict[str, str]:
    text: bytes = scope["query_string"]
    if not text:
        return {}
    pairs = parse_qsl(text.decode("latin-1"), keep_blank_values=True)
    values = dict(pairs)
    return values if len(values) == len(pairs) else _Twice(values)


def _headers(scope: Scope) -> dict[str, str]:
    pairs = scope["headers"]
    values = {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}
    return values if len(values) == len(pairs) else _Twice(values)


class _Twice(dict[str, str]):
    """Something is given twice: nobody here may choose."""

    def get(self, key: str, default: Any = None) -> Any:
        raise _Unusual
