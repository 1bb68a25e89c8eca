"""What accounts keep while the application runs: made by `app.py`, handed to routes."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from holdfast.accounts.actions import ActionLog
from holdfast.accounts.mail import Mailer
from holdfast.accounts.passwords import PasswordHasher


@dataclass(frozen=True, slots=True)
class Accounts:
    """The password workers, the mailer and the user-action log; `app.state.accounts`."""

    passwords: PasswordHasher
    mailer: Mailer
    actions: ActionLog


async def accounts_of(request: Request) -> Accounts:
    return request.app.state.accounts


InAccounts = Annotated[Accounts, Depends(accounts_of)]
