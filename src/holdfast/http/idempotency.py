"""Idempotency keys: one effect and one answer for each key (SPEC 4.8).

The key's record commits in the transaction of the effect it stands for. A refusal leaves nothing
and is not recorded, so that the same key may be tried again.

An answer may hold a secret (a reservation's token, a link). So what is kept is sealed; what the
writes of appointments keep by themselves (appointments/gathered.sql) holds none.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Header, Request, Response
from psycopg.types.json import Jsonb
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from holdfast.http.context import Context
from holdfast.http.sealing import Seal
from holdfast.http.wire import WireModel, json_response
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, fetch_one
from holdfast.kernel.errors import Refusal, invalid
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.http")
SEAL_PURPOSE = "kept answers"
# Longer than the seven days that an offline client may keep a request in its queue.
KEY_LIFETIME_SECONDS = 8 * 24 * 3600


def _printable(value: str) -> str:
    if not all(33 <= ord(character) <= 126 for character in value):
        raise ValueError("must be printable ASCII without spaces")
    return value


Key = Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(_printable)]
KeyHeader = Annotated[
    Key | None,
    Header(alias="Idempotency-Key", description="Makes the request safe to repeat (SPEC 4.8)"),
]


class KeyedRequest(WireModel):
    """A body that may carry the idempotency key; it means the same as the header."""

    # The key is not part of what is asked for.
    idempotency_key: Key | None = Field(default=None, exclude=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answers: kept, byte for byte, for a repetition of the request."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    is_replayed: bool = False

    def response(self) -> Response:
        replayed = {"Idempotency-Replayed": "true"} if self.is_replayed else {}
        return json_response(self.body, self.status, {**self.headers, **replayed})


@dataclass(frozen=True, slots=True)
class Claim:
    """A key, whose it is, and what it stands for."""

    user_id: UUID
    key: str
    fingerprint: bytes


Work = Callable[[Connection], Awaitable[Answer]]


def claim_of(
    request: Request,
    actor: Actor,
    *,
    body: BaseModel | None,
    header_key: str | None,
    required: bool = False,
) -> Claim | None:
    """What is claimed by a request; None for one without a key.

    Args:
        body: the parsed request; its content is part of what the key stands for, and it may
            carry the key itself (`KeyedRequest`).
        required: whether a request without a key is refused.
    Raises:
        Refusal: `idempotency_key_missing`, or `validation_failed` for two keys.
    """
    body_key = body.idempotency_key if isinstance(body, KeyedRequest) else None
    key = _one_key(request, header_key, body_key)
    if key is not None:
        assert actor.id is not None
        return Claim(actor.id, key, _fingerprint(request, body))
    if required:
        raise Refusal(
            "idempotency_key_missing",
            "Send an Idempotency-Key header, so that this request can be repeated safely.",
        )
    return None


def refuse_claim(outcome: str) -> Refusal:
    """The refusal for an outcome of `begin_idempotent()`: reused or in_flight."""
    if outcome == "reused":
        return Refusal(
            "idempotency_key_reused",
            "This idempotency key was used for another request. Use a new one.",
        )
    return Refusal(
        "idempotency_in_flight",
        "The first request with this idempotency key is still running.",
        retry_after_seconds=1,
    )


async def answer_once(
    request: Request,
    context: Context,
    actor: Actor,
    work: Work,
    *,
    body: BaseModel | None,
    header_key: str | None,
    required: bool = False,
    authorise: Callable[[Connection], Awaitable[None]] | None = None,
) -> Response:
    """Do the work once for each key and answer every repetition with the first answer.

    Args:
        work: the effect; runs in one transaction together with the key's record.
        body, required: as `claim_of` takes them.
        authorise: checks that come before a replay (404 and 403, SPEC 4.7's order).
    Raises:
        Refusal: as `claim_of` and `refuse_claim`, or what `work` or `authorise` raise.
    """
    claim = claim_of(request, actor, body=body, header_key=header_key, required=required)
    if claim is None:
        return (await context.db.run_transaction(work)).response()
    names = {"user_id": claim.user_id, "key": claim.key, "fingerprint": claim.fingerprint}

    async def once(connection: Connection) -> Response:
        if authorise is not None:
            await authorise(connection)
        earlier = await _claim(connection, names, context.kept_answers)
        if earlier is not None:
            return earlier.response()
        answer = await work(connection)
        await connection.execute(
            QUERIES.record_answer,
            {
                **names,
                "status": answer.status,
                "headers": Jsonb({}),
                "body": _sealed(answer, context.kept_answers),
                "ttl_seconds": KEY_LIFETIME_SECONDS,
            },
        )
        return answer.response()

    return await context.db.run_transaction(once)


async def _claim(connection: Connection, names: dict[str, Any], seal: Seal) -> Answer | None:
    row = await fetch_one(connection, QUERIES.begin_idempotent, names)
    assert row is not None
    match row["outcome"]:
        case "fresh":
            return None
        case "replay":
            if not row["is_sealed"]:
                return Answer(bytes(row["body"]), row["status"], row["headers"], is_replayed=True)
            return _opened(row["status"], bytes(row["body"]), seal)
        case refused:
            raise refuse_claim(refused)


def _sealed(answer: Answer, seal: Seal) -> bytes:
    # The headers, too: one of them may be the address of a reservation.
    return seal.close(orjson.dumps(answer.headers) + b"\n" + answer.body)


def _opened(status: int, kept: bytes, seal: Seal) -> Answer:
    opened = seal.open(kept)
    if opened is None:
        # Sealed with a former secret key, or emptied by the migration. It is not done again: one
        # key, one effect.
        raise Refusal(
            "idempotency_key_reused",
            "This request was answered before, and that answer cannot be read any more. Look at "
            "what it did, and use a new key for a new request.",
        )
    headers, _, body = opened.partition(b"\n")
    return Answer(body, status, orjson.loads(headers), is_replayed=True)


def _one_key(request: Request, header_key: str | None, body_key: str | None) -> str | None:
    if len(set(request.headers.getlist("idempotency-key"))) > 1:
        raise invalid("Idempotency-Key", "is given twice")
    if header_key is not None and body_key is not None and header_key != body_key:
        raise invalid("idempotencyKey", "differs from the Idempotency-Key header")
    return header_key if header_key is not None else body_key


def _fingerprint(request: Request, body: BaseModel | None) -> bytes:
    # No body and an empty one ask for the same.
    content = (
        body.model_dump(by_alias=True, mode="json", exclude_unset=True) if body is not None else {}
    )
    text = orjson.dumps(
        [request.method, request.url.path, request.url.query, content],
        option=orjson.OPT_SORT_KEYS,
    )
    return hashlib.sha256(text).digest()
