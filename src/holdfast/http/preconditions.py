"""Conditional requests: which version a caller means to change or already has (SPEC 4.7).

RFC 9110 §13.2.2 decides between the headers. The comparison itself is part of each SQL statement
(`check_preconditions`), so that it is made on the row that is then changed.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from psycopg.types.json import Jsonb
from starlette.datastructures import Headers

from holdfast.http.wire import json_response, wire_time
from holdfast.kernel.errors import Refusal

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Precondition:
    """What the caller says about the version it knows.

    Attributes:
        if_match: strong tags, or `*`; None without the header.
        if_none_match: tags (weak ones count), or `*`; None without the header.
        if_unmodified_since: ignored when `if_match` is given, or when it is not an HTTP date.
        version: `version` of the body.
    """

    if_match: tuple[str, ...] | None = None
    if_none_match: tuple[str, ...] | None = None
    if_unmodified_since: datetime | None = None
    version: int | None = None

    def facts(self, *, version: int | None = None, required: bool) -> dict[str, Any]:
        """The form in which SQL functions know it, as plain data."""
        since = self.if_unmodified_since
        return {
            "required": required,
            # The version decides; the rest of a tag says what else was shown (`shown_headers`).
            "ifMatch": None
            if self.if_match is None
            else [tag.partition(".")[0] for tag in self.if_match],
            "ifNoneMatch": list(self.if_none_match) if self.if_none_match is not None else None,
            "ifUnmodifiedSince": wire_time(since) if since else None,
            "version": version,
        }

    def as_parameter(self, *, version: int | None = None, required: bool) -> Jsonb:
        """The form in which SQL functions take it (`p_precondition`)."""
        return Jsonb(self.facts(version=version, required=required))


async def precondition_of(request: Request) -> Precondition:
    """Read the conditional headers. Weak tags never match `If-Match`, so they are dropped."""
    headers = request.headers
    return Precondition(
        if_match=_tags(headers.getlist("if-match"), weak=False),
        if_none_match=_tags(headers.getlist("if-none-match"), weak=True),
        if_unmodified_since=_date(headers.get("if-unmodified-since")),
    )


Conditional = Annotated[Precondition, Depends(precondition_of)]


def _tags(values: list[str], *, weak: bool) -> tuple[str, ...] | None:
    if not values:
        return None
    text = ", ".join(values)
    if text.strip() == "*":
        return ("*",)
    return tuple(tag for is_weak, tag in _TAG.findall(text) if weak or not is_weak)


def _date(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def version_headers(version: int, updated_at: datetime) -> dict[str, str]:
    """`ETag` (strong, the version) and `Last-Modified` of one resource."""
    moment = updated_at.astimezone(UTC).replace(microsecond=0)
    return {"ETag": f'"{version}"', "Last-Modified": format_datetime(moment, usegmt=True)}


def shown_headers(version: int, updated_at: datetime, document: bytes) -> dict[str, str]:
    """As `version_headers`, where the document shows things that change without the version: the
    tag is `VERSION.DIGEST`, and to `If-Match` only the version matters."""
    digest = hashlib.sha256(document).hexdigest()[:12]
    return version_headers(version, updated_at) | {"ETag": f'"{version}.{digest}"'}


def conditional_response(
    precondition: Precondition,
    body: Any,
    *,
    tag: str,
    headers: Mapping[str, str],
    may_be_unchanged: bool = True,
) -> Response:
    """200 with the body, or 304 when the caller has this very representation.

    Args:
        may_be_unchanged: False when something shown besides the versioned row has changed.
    """
    if may_be_unchanged and _is_known(precondition.if_none_match, tag):
        return Response(status_code=304, headers=dict(headers))
    return json_response(body, headers=dict(headers))


def caller_has(headers: Headers, tag: str) -> bool:
    """Whether `If-None-Match` says that the caller has the representation with this tag.

    Compared weakly (RFC 9110 §13.1.2): a list is looked through, and what a proxy has weakened
    still counts.

    Args:
        tag: the opaque part, without quotes.
    """
    return _is_known(_tags(headers.getlist("if-none-match"), weak=True), tag)


def _is_known(known: tuple[str, ...] | None, tag: str) -> bool:
    return known is not None and (tag in known or known == ("*",))


def refuse_stale(
    outcome: str, current: Mapping[str, Any], wanted: Mapping[str, Any] | None = None
) -> Refusal:
    """The refusal for an outcome of `check_preconditions`.

    Args:
        outcome: precondition_required, precondition_failed or version_conflict.
        current: the resource as it is now, as the API shows it.
        wanted: the fields that the caller meant to set; a `version` among them is no change.
    """
    if outcome == "precondition_required":
        return Refusal(
            outcome,
            "Say which version you mean to change: If-Match, If-Unmodified-Since, or `version`.",
        )
    changes = {
        name: {"yours": value, "theirs": current.get(name)}
        for name, value in (wanted or {}).items()
        if name != "version" and name in current and current[name] != value
    }
    return Refusal(
        outcome,
        "This was changed by somebody else meanwhile. Look at the current version first.",
        details={"changes": changes},
        top_level={"currentVersion": current.get("version"), "currentData": current},
    )
