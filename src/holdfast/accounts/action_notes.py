"""Notes what signed-in users try, whatever it is that they change (SPEC 4.1)."""

from datetime import UTC, datetime
from uuid import UUID

from starlette.types import Scope

from holdfast.accounts.actions import ActionLog
from holdfast.accounts.device import device_of, visible
from holdfast.accounts.store import Action
from holdfast.http.observe import without_secrets
from holdfast.kernel.actor import Actor

ACCOUNT_KEY = "holdfast.account"
"""Set in the scope by a route that learns whose account it is about before anyone has signed in."""


class ActionNotes:
    """Notes each change that was tried, failed ones included.

    Whose it is: the signed-in user's, or the account's that an anonymous request is about.
    """

    def __init__(self, log: ActionLog) -> None:
        self._log = log

    def note(self, scope: Scope, status: int) -> None:
        """Note a write. When the client is answered after this, it can read the entry next."""
        user_id = _whose(scope)
        action = _action(scope)
        if user_id is None or action is None:
            return
        device = device_of(scope)
        request_id = scope.get("holdfast.request_id")
        self._log.note(
            Action(
                id=self._log.next_id(),
                user_id=user_id,
                at=datetime.now(UTC),
                action=action,
                target=visible(without_secrets(scope), 300),
                status=status,
                scenario=scope.get("holdfast.scenario") if status >= 400 else None,
                request_id=visible(request_id, 100) if request_id else None,
                address=device.address,
                user_agent=device.user_agent,
            )
        )


def _whose(scope: Scope) -> UUID | None:
    actor: Actor | None = scope.get("holdfast.actor")
    return actor.id if actor is not None else scope.get(ACCOUNT_KEY)


def _action(scope: Scope) -> str | None:
    """`appointments.cancel`: the route's tag and the name of its function."""
    endpoint = scope.get("endpoint")
    tags = getattr(scope.get("route"), "tags", None)
    return f"{tags[0]}.{endpoint.__name__}" if endpoint and tags else None
