"""`POST /users/{id}/phone-verification`: sends a code to the number in the profile."""

from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from holdfast.accounts.operations import check_sees
from holdfast.accounts.phones import e164
from holdfast.channels.phones.codes import (
    CODES_FROM_ADDRESS,
    CODES_OF_USER,
    CODES_TO_COUNTRY,
    CODES_TO_NUMBER,
    QUERIES,
    TRIES,
    check_takes_sms,
    code_hashes,
    code_seal,
    new_code,
    number_key,
)
from holdfast.http.auth import SignedIn
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyedRequest, KeyHeader, answer_once
from holdfast.http.problem import problems
from holdfast.http.ratelimit import Counted, client_address, count_each
from holdfast.http.route import api_router
from holdfast.http.wire import Instant, WireModel, encode
from holdfast.kernel.db import Connection, Row, fetch_one
from holdfast.kernel.errors import Refusal, not_found, unavailable
from holdfast.kernel.ids import new_id

router = api_router("/users/{user_id}/phone-verification", "notifications")


class PhoneCodeRequest(KeyedRequest):
    """Nothing: the number is the one in the profile."""


class PhoneCodeSent(WireModel):
    """A code is on its way."""

    address: str = Field(description="The number, in E.164", examples=["+491715556677"])
    state: str = Field(description="What is known of the number so far", examples=["unverified"])
    expires_at: Instant = Field(description="Until then the code is good")
    tries_left: int = Field(description="So often a code may be sent in", examples=[5])


@router.post(
    "",
    status_code=202,
    response_model=PhoneCodeSent,
    summary="Send a code to the number in the profile",
    description="By SMS, good for 10 minutes and 5 tries. A code that was sent before is void.",
    responses=problems(
        "malformed_json",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "unauthenticated",
        "forbidden",
        "not_found",
        "phone_missing",
        "phone_verified",
        "rate_limited",
        "idempotency_in_flight",
        "idempotency_key_reused",
        "unavailable",
    ),
)
async def send_phone_code(
    request: Request,
    user_id: UUID,
    actor: SignedIn,
    context: InContext,
    body: PhoneCodeRequest | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    check_sees(actor, user_id)

    async def work(connection: Connection) -> Answer:
        known = await fetch_one(connection, QUERIES.number_of, {"user_id": user_id})
        phone, number, country = _number(known, context.settings.phone_region)
        counted = [
            Counted(CODES_OF_USER, str(user_id)),
            Counted(CODES_TO_NUMBER, number_key(context.settings, number)),
            Counted(CODES_FROM_ADDRESS, client_address(request)),
            Counted(CODES_TO_COUNTRY, country),
        ]
        headers = await count_each(context, counted, within=connection)
        code, delivery_id = new_code(), new_id()
        sealed = code_seal(context.settings).close_for(delivery_id, code.encode())
        parameters = {
            "user_id": user_id,
            "phone": phone,
            "number": number,
            "delivery_id": delivery_id,
            "code_hash": code_hashes(context.settings, user_id, code)[0],
            "sealed": sealed,
            "can_send": context.settings.sms_url is not None or context.settings.is_demo,
        }
        row = await fetch_one(connection, QUERIES.send_phone_code, parameters)
        assert row is not None
        if row["outcome"] != "planned":
            raise _refused(row["outcome"])
        sent = {
            "address": number,
            "state": row["state"],
            "expiresAt": row["expires_at"],
            "triesLeft": TRIES,
        }
        return Answer(encode(sent), status=202, headers=headers)

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)


def _number(known: Row | None, region: str) -> tuple[str, str, str]:
    """The number as it was typed and in E.164, and its country's calling code."""
    if known is None:
        raise _refused("not_found")
    phone = known["phone"]
    number = known["phone_e164"] or e164(phone, region)
    if number is None:
        raise _refused("no_number")
    if known["state"] == "verified":
        raise _refused("already_verified")
    return phone, number, check_takes_sms(number)


def _refused(outcome: str) -> Refusal:
    match outcome:
        case "not_found":
            return not_found("user")
        case "no_number":
            return Refusal("phone_missing", "There is no telephone number in the profile.")
        case "already_verified":
            return Refusal("phone_verified", "This number is verified already.")
        case _:
            return unavailable("The number was changed just now. Please try again.")
