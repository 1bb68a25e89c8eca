"""The route class of the API: who asks comes first, then what they sent (SPEC 4.7's order)."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from holdfast.http.auth import CALLER_CHECKS
from holdfast.http.wording import ERRORS_LIMIT, NAME_CHARACTERS
from holdfast.http.write_limits import admit, write_limit
from holdfast.kernel.errors import Refusal


class HoldfastRoute(APIRoute):
    """Answers 401, 403 and 429 before the query is looked at, and 415 before the body is parsed."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        checks = caller_checks(self.dependant)
        known = known_parameters(self.dependant)
        limit = write_limit(self.methods or (), self.path)
        takes_body = self.body_field is not None

        async def check_then_handle(request: Request) -> Response:
            await admit(request, checks, limit)
            check_parameters(request, known)
            if takes_body:
                _check_media_type(request)
            return await handle(request)

        return check_then_handle


def api_router(prefix: str, tag: str) -> APIRouter:
    """A router below the API's base path, all of whose routes are `HoldfastRoute`s."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=HoldfastRoute)


def caller_checks(dependant: Dependant) -> list[Callable[[Request], Coroutine[Any, Any, Any]]]:
    """What a route asks about its caller, in order."""
    return [check for check in _calls(dependant) if check in CALLER_CHECKS]


def known_parameters(dependant: Dependant) -> frozenset[str]:
    """The names of the query parameters that a route takes, as the wire has them."""
    own = {field.alias for field in dependant.query_params}
    return frozenset(own.union(*map(known_parameters, dependant.dependencies)))


def check_parameters(request: Request, known: frozenset[str]) -> None:
    """Refuse query parameters that a route does not take: a wrong name must not pass for none.

    Raises:
        Refusal: `validation_failed`, which names them.
    """
    unknown = [name for name in request.query_params if name not in known]
    if not unknown:
        return
    message = "is not a query parameter of this request"
    errors = [
        {"field": name[:NAME_CHARACTERS], "message": message} for name in unknown[:ERRORS_LIMIT]
    ]
    raise Refusal(
        "validation_failed", f"{errors[0]['field']}: {message}", details={"errors": errors}
    )


def _calls(dependant: Dependant) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)


def _check_media_type(request: Request) -> None:
    has_body = request.headers.get("content-length", "0") != "0" or (
        "transfer-encoding" in request.headers
    )
    if not has_body:
        return
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise Refusal("unsupported_media_type", "Send the body as application/json.")
