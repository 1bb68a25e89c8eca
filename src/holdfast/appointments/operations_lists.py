"""Finding appointments: staff's lists and the inbox of requests (SPEC 4.5)."""

from dataclasses import replace
from datetime import datetime, timedelta

from holdfast.accounts import store_find
from holdfast.appointments import store_lists
from holdfast.appointments.store_lists import Filter
from holdfast.http.pagination import FIRST_ID, Position
from holdfast.http.wire import EARLIEST
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.errors import Refusal, not_found

# Up to so many clients, the appointments of each are looked up; of more, a walk along all
# appointments soon comes across some.
FEW_CLIENTS = 1000
LONGEST = timedelta(days=1)


def earliest_start(wanted: Filter) -> datetime:
    """From which start on appointments overlap the period: none is longer than a day."""
    return max(wanted.start, EARLIEST + LONGEST) - LONGEST


async def appointments_by_start(
    connection: Connection, actor: Actor, wanted: Filter, after: Position[datetime], *, limit: int
) -> list[Row]:
    """Appointments in the actor's scope, sorted by start and id.

    Returns:
        Rows for `page_of` (`limit + 1` at most), key `start_at`.
    Raises:
        Refusal: `not_found` for a provider out of scope, `invalid_time_range`.
    """
    wanted = _in_scope(actor, wanted)
    if wanted.q is None:
        return await store_lists.by_start(connection, wanted, after, limit + 1)
    user_ids = await store_find.found(connection, wanted.q, wanted.phone, FEW_CLIENTS + 1)
    if len(user_ids) <= FEW_CLIENTS:
        return await store_lists.of_clients(connection, user_ids, wanted, after, limit + 1)
    return await store_lists.of_many_clients(connection, wanted, after, limit + 1)


async def waiting_requests(
    connection: Connection,
    actor: Actor,
    wanted: Filter,
    after: Position[tuple[str, datetime]] | None,
    *,
    limit: int,
) -> list[Row]:
    """Requests in the actor's scope: urgent, vip, normal, then the oldest first.

    Returns:
        Rows for `page_of` (`limit + 1` at most), key `priority` and `created_at`.
    Raises:
        Refusal: as `appointments_by_start`.
    """
    wanted = _in_scope(actor, wanted)
    first: Position[tuple[str, datetime]] = Position(("urgent", EARLIEST), FIRST_ID)
    return await store_lists.inbox(connection, wanted, after or first, limit + 1)


def _in_scope(actor: Actor, wanted: Filter) -> Filter:
    if wanted.end <= wanted.start:
        raise Refusal("invalid_time_range", "The end must be after the start.")
    if wanted.provider_id is None:
        return replace(wanted, provider_id=actor.provider_id)
    if not actor.may_manage_provider(wanted.provider_id):
        raise not_found("provider")
    return wanted
