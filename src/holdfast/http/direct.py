"""Answers well-formed requests without the framework's detour, which costs as much as what they do.

In front of the framework stands a table of the API's routes. A request that fits one of them is
taken apart here by the same models, and the route's function is called. Whatever is unusual about
it (a value that is not valid, a parameter that is unknown or given twice, a body of another type)
goes the framework's way, which answers it as ever: the only errors that this module knows are
refusals.
"""

import inspect
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, NamedTuple, get_args, get_origin
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.types import Receive, Scope

from holdfast.http.auth import only_documents
from holdfast.http.observe import TEMPLATE_KEY
from holdfast.http.problem import on_refusal
from holdfast.http.route import HoldfastRoute, caller_checks, known_parameters
from holdfast.http.write_limits import admit, write_limit
from holdfast.kernel.errors import Refusal


class _Unusual(Exception):
    """Not for this module: the framework shall have it."""


class _Parts(NamedTuple):
    """What a request consists of, and the results of what was asked for already."""

    request: Request
    path: dict[str, str]
    query: dict[str, str]
    body: bytes
    results: dict[Any, Any]


Find = Callable[[_Parts, Any], str | None]
Read = Callable[[_Parts], Any]
Resolve = Callable[[_Parts], Awaitable[Any]]


class _Entry(NamedTuple):
    """A route by the segments of its path, by number: those that are given, the last one first, and
    the names of those that are parameters. `answer` is missing where it is unusual."""

    template: str
    given: tuple[tuple[int, str], ...]
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
                    key = (method, len(entry.given) + len(entry.names))
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

    async def response(self, scope: Scope, receive: Receive, body: bytes) -> Response | None:
        """The answer to a request; None when the framework shall have it.

        Args:
            receive: gives the body once more to a function that reads it itself.
        """
        found = self._find(scope)
        if found is None:
            return None
        entry, segments = found
        answer = entry.answer
        assert answer is not None
        path = {name: segments[number] for number, name in entry.names}
        scope["route"] = entry.route
        scope[TEMPLATE_KEY] = entry.template
        scope["endpoint"] = answer.call
        scope["path_params"] = path
        request = Request(scope, receive)
        try:
            await admit(request, answer.checks, answer.limit)
            query = _query(scope)
            if not query.keys() <= answer.parameters:
                return None
            values = await answer.resolve(_Parts(request, path, query, body, {}))
            return await answer.call(**values)
        except _Unusual:
            return None
        except Refusal as refusal:
            return await on_refusal(request, refusal)

    def _find(self, scope: Scope) -> tuple[_Entry, list[str]] | None:
        """The route that answers this request, and its segments."""
        path: str = scope["path"]
        if not path.startswith(self._prefix) or scope.get("root_path"):
            return None
        segments = path.split("/")
        for entry in self._entries.get((scope["method"], len(segments)), ()):
            if _fits(entry, segments):
                return (entry, segments) if entry.answer is not None else None
        return None


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
        self.parameters = known_parameters(dependant)
        self.limit = write_limit(route.methods or (), route.path)
        self.resolve = _resolve(dependant)


def _entry(template: str, route: APIRoute) -> _Entry:
    parts = template.split("/")
    try:
        answer = _Route(route) if isinstance(route, HoldfastRoute) else None
    except _Unusual:
        answer = None
    return _Entry(
        template,
        tuple(reversed([pair for pair in enumerate(parts) if "{" not in pair[1]])),
        tuple((number, part[1:-1]) for number, part in enumerate(parts) if "{" in part),
        route,
        answer if all(_is_plain(part) for part in parts) else None,
    )


def _fits(entry: _Entry, segments: list[str]) -> bool:
    for number, segment in entry.given:
        if segments[number] != segment:
            return False
    return all(segments[number] for number, _ in entry.names)


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
    request = dependant.request_param_name
    if request is not None and list(inspect.signature(call).parameters) == [request]:
        return lambda parts: call(**{request: parts.request})
    resolve = _resolve(dependant)

    async def answer(parts: _Parts) -> Any:
        return await call(**await resolve(parts))

    return answer


def _reads(dependant: Dependant) -> Iterator[tuple[str, Read]]:
    if dependant.request_param_name is not None:
        yield dependant.request_param_name, lambda parts: parts.request
    for field in dependant.path_params:
        yield field.name, _reader(field, lambda parts, name: parts.path.get(name), field.alias)
    for field in dependant.query_params:
        yield field.name, _reader(field, lambda parts, name: parts.query.get(name), field.alias)
    for field in dependant.header_params:
        if field.alias == field.name:
            raise _Unusual
        yield field.name, _reader(field, _header, field.alias.lower().encode())
    if len(dependant.body_params) > 1:
        raise _Unusual
    for field in dependant.body_params:
        yield field.name, _body_reader(field)


def _reader(field: Any, find: Find, name: Any) -> Read:
    """What reads and checks one parameter."""
    annotation = field.field_info.annotation
    for kind in (annotation, *get_args(annotation)):
        if get_origin(kind) in (list, set, tuple, frozenset) or kind in (list, set, tuple):
            raise _Unusual
        if inspect.isclass(kind) and issubclass(kind, BaseModel):
            raise _Unusual
    is_required = field.field_info.is_required()
    valid = _validation(field)

    def read(parts: _Parts) -> Any:
        text = find(parts, name)
        if text is None:
            if is_required:
                raise _Unusual
            return field.get_default()
        return valid(text)

    return read


def _body_reader(field: Any) -> Read:
    if getattr(field.field_info, "embed", None):
        raise _Unusual
    is_required = field.field_info.is_required()
    valid = _validation(field)

    def read(parts: _Parts) -> Any:
        if not parts.body:
            if is_required:
                raise _Unusual
            return field.get_default()
        if _header(parts, b"content-type") != "application/json":
            raise _Unusual
        try:
            content = json.loads(parts.body)
        except (ValueError, RecursionError):
            raise _Unusual from None
        return valid(content)

    return read


def _validation(field: Any) -> Callable[[Any], Any]:
    """What makes a valid value of a field of what was sent."""
    # As the field itself does, without its preparing an error for which nobody looks here.
    validate = field._type_adapter.validator.validate_python

    def valid(value: Any) -> Any:
        try:
            return validate(value, from_attributes=True)
        except ValidationError:
            raise _Unusual from None

    return valid


def _query(scope: Scope) -> dict[str, str]:
    text: bytes = scope["query_string"]
    if not text:
        return {}
    pairs = _pairs(text.decode("latin-1"))
    values = dict(pairs)
    return values if len(values) == len(pairs) else _Twice(values)


def _pairs(query: str) -> list[tuple[str, str]]:
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True)
    parts = (part.partition("=") for part in query.split("&") if part)
    return [(name, value) for name, _, value in parts]


def _header(parts: _Parts, wanted: bytes) -> str | None:
    found = [value for name, value in parts.request.scope["headers"] if name == wanted]
    if len(found) > 1:
        raise _Unusual
    return found[0].decode("latin-1") if found else None


class _Twice(dict[str, str]):
    """Something is given twice: nobody here may choose."""

    def get(self, key: str, default: Any = None) -> Any:
        raise _Unusual
