"""What the catalogue's routes have in common: who asks, what they sent, what is answered."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from holdfast.catalogue.laying import Laid
from holdfast.http.auth import authenticate
from holdfast.http.idempotency import Answer
from holdfast.http.preconditions import Precondition, conditional_response, version_headers
from holdfast.http.wire import encode, json_response
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Row

# Everybody may look; who is signed in as staff sees more.
Anybody = Annotated[Actor | None, Depends(authenticate)]

READ = ("unauthenticated", "not_found", "validation_failed", "unavailable")
CREATE = (
    "malformed_json",
    "unauthenticated",
    "forbidden",
    "idempotency_in_flight",
    "payload_too_large",
    "unsupported_media_type",
    "validation_failed",
    "idempotency_key_reused",
    "unavailable",
)
CHANGE = (
    "malformed_json",
    "unauthenticated",
    "forbidden",
    "not_found",
    "version_conflict",
    "precondition_failed",
    "payload_too_large",
    "unsupported_media_type",
    "validation_failed",
    "precondition_required",
    "unavailable",
)
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "You have this version"}}


def sent(body: BaseModel, *, partial: bool = False) -> dict[str, Any]:
    """The fields of a body by wire name; `partial`: only those that were sent."""
    return body.model_dump(by_alias=True, mode="json", exclude_unset=partial)


def shown(condition: Precondition, row: Row) -> Response:
    return conditional_response(
        condition,
        row["document"],
        tag=str(row["version"]),
        headers=version_headers(row["version"], row["updated_at"]),
    )


def created(request: Request, row: Row) -> Answer:
    return Answer(
        encode(row["document"]),
        status=201,
        headers={
            "Location": f"{request.url.path.rstrip('/')}/{row['document']['id']}",
            **version_headers(row["version"], row["updated_at"]),
        },
    )


def changed(row: Row, laid: Laid | None = None) -> Response:
    """A changed thing; with what stays in calendars that were laid out again because of it."""
    more = laid.conflicts_document() if laid else {}
    return json_response(
        {**row["document"], **more}, 200, version_headers(row["version"], row["updated_at"])
    )
