"""What a request can reach: made once by `app.py`, handed to routes as a dependency."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from holdfast.config import Settings
from holdfast.http.addresses import ProxyWarning
from holdfast.http.callers import Callers
from holdfast.http.sealing import Seal
from holdfast.http.tokens import Tokens
from holdfast.kernel.db import Database


@dataclass(frozen=True, slots=True)
class Context:
    """The running application's parts.

    kept_answers: seals what is kept for idempotency keys. is_live: whether live updates are sent.
    """

    settings: Settings
    db: Database
    tokens: Tokens
    kept_answers: Seal
    callers: Callers
    proxy_warning: ProxyWarning
    is_live: Callable[[], bool]


async def context_of(request: Request) -> Context:
    return request.app.state.context


InContext = Annotated[Context, Depends(context_of)]
