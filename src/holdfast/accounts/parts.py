"""What accounts keep while the application runs: made by `app.py`, handed to routes."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from holdfast.accounts.actions import ActionLog
from holdfast.accounts.passwords import PasswordHasher
from holdfast.accounts.resets import ResetMails


@dataclass(frozen=True, slots=True)
class Accounts:
    """The password workers, reset mails and the user-action log; `app.state.accounts`."""

    passwords: PasswordHasher
    reset_mails: ResetMails
    actions: ActionLog


async def accounts_of(request: Request) -> Accounts:
    return request.app.state.accounts


InAccounts = Annotated[Accounts, Depends(accounts_of)]
