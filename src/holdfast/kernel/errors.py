"""Refusals: the expected ways in which an operation does not happen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdfast.kernel.db import Database


class Refusal(Exception):
    """An operation was refused; nothing was changed.

    Args:
        scenario: the stable code of SPEC 4.9; `http.problem` knows its status.
        detail: one sentence for a person.
        details: facts a client can act on.
        top_level: members that SPEC puts beside `details` (`lock`, `currentVersion`, ...).
        retry_after_seconds: when trying again can help.
    """

    def __init__(
        self,
        scenario: str,
        detail: str,
        *,
        details: Mapping[str, Any] | None = None,
        top_level: Mapping[str, Any] | None = None,
        retry_after_seconds: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.scenario = scenario
        self.detail = detail
        self.details = dict(details or {})
        self.top_level = dict(top_level or {})
        self.retry_after_seconds = retry_after_seconds
        self.headers = dict(headers or {})

    async def completed(self, db: Database) -> Refusal:
        """The refusal with facts that are only looked up once the transaction has ended."""
        return self


def not_found(what: str) -> Refusal:
    """The thing does not exist, or the caller may not know that it does."""
    return Refusal("not_found", f"There is no such {what}.")


def forbidden(detail: str) -> Refusal:
    """The caller may see the thing but not do this to it."""
    return Refusal("forbidden", detail)


def invalid(field: str, message: str) -> Refusal:
    """One field of the request breaks a rule that a schema cannot express."""
    return Refusal(
        "validation_failed",
        f"{field}: {message}",
        details={"errors": [{"field": field, "message": message}]},
    )


def unavailable(detail: str, retry_after_seconds: int = 1) -> Refusal:
    """The server cannot do it now; the same request may succeed shortly."""
    return Refusal("unavailable", detail, retry_after_seconds=retry_after_seconds)
