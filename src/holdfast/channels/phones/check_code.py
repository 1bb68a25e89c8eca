"""`PUT /users/{id}/phone-verification`: the code that came by SMS proves the number."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Response
from pydantic import BeforeValidator, Field, StringConstraints

from holdfast.accounts.operations import check_sees
from holdfast.channels.phones.codes import DIGITS, QUERIES, TRIES, code_hashes
from holdfast.http.auth import SignedIn
from holdfast.http.context import InContext
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import WireModel, json_response
from holdfast.kernel.db import fetch_one
from holdfast.kernel.errors import Refusal, not_found

router = api_router("/users/{user_id}/phone-verification", "notifications")


def _without_spaces(value: object) -> object:
    # People type it as they read it: 123 456.
    return "".join(value.split()) if isinstance(value, str) and len(value) < 20 else value


class PhoneCode(WireModel):
    """What came by SMS."""

    code: Annotated[
        str,
        BeforeValidator(_without_spaces),
        StringConstraints(pattern=rf"^[0-9]{{{DIGITS}}}$"),
        Field(examples=["123456"], repr=False),
    ]


class PhoneState(WireModel):
    """What is known of the number in the profile."""

    state: Literal["verified"]


@router.put(
    "",
    response_model=PhoneState,
    summary="Verify the number with the code that came",
    description="The right code may be sent in again; wrong ones are counted.",
    responses=problems(
        "malformed_json",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "unauthenticated",
        "forbidden",
        "not_found",
        "code_wrong",
        "code_expired",
        "unavailable",
    ),
)
async def check_phone_code(
    user_id: UUID, body: PhoneCode, actor: SignedIn, context: InContext
) -> Response:
    check_sees(actor, user_id)
    parameters = {
        "user_id": user_id,
        "hashes": code_hashes(context.settings, user_id, body.code),
        "tries": TRIES,
    }
    # One statement, which commits: a wrong code stays counted.
    row = await context.db.run(lambda c: fetch_one(c, QUERIES.check_phone_code, parameters))
    assert row is not None
    match row["outcome"]:
        case "verified":
            return json_response({"state": "verified"})
        case "not_found":
            raise not_found("user")
        case "wrong":
            raise _wrong(row["tries_left"])
        case _:
            raise Refusal("code_expired", "There is no code that is still good. Ask for a new one.")


def _wrong(tries_left: int) -> Refusal:
    more = f"{tries_left} more may be tried." if tries_left else "Ask for a new one."
    message = f"This is not the code that was sent. {more}"
    return Refusal(
        "code_wrong",
        message,
        details={"triesLeft": tries_left, "errors": [{"field": "code", "message": message}]},
    )
