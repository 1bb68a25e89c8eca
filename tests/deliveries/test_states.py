"""What a delivery may become: a trigger for the steps, a CHECK for what belongs to a state."""

from typing import LiteralString, cast

import psycopg
import pytest

from tests.deliveries.drive import Drive
from tests.support.make import Make

STATES = (
    "pending",
    "sending",
    "uncertain",
    "sent",
    "delivered",
    "bounced",
    "dead",
    "superseded",
    "expired",
    "suppressed",
)
STEPS = {
    "pending": {"pending", "sending", "superseded", "expired", "suppressed"},
    "sending": {"sending", "pending", "sent", "dead", "uncertain"},
    "uncertain": {"uncertain", "pending", "sent", "delivered", "dead"},
    "sent": {"delivered", "bounced"},
}
# What a row has in each state, besides its state.
COLUMNS: dict[str, str] = {
    "pending": "worker = NULL, lease_until = NULL, handed_over_at = NULL",
    "sending": "worker = id, lease_until = now(), claimed_at = now()",
    "uncertain": "worker = NULL, lease_until = NULL, handed_over_at = now()",
    "sent": "worker = NULL, lease_until = NULL, sent_at = now(), settled_at = now()",
    "dead": "worker = NULL, lease_until = NULL, settled_at = now()",
    "superseded": "settled_at = now(), reason = 'newer'",
    "expired": "settled_at = now(), reason = 'past'",
    "suppressed": "settled_at = now(), reason = 'preference'",
}
COLUMNS["delivered"] = COLUMNS["bounced"] = COLUMNS["sent"]
WAYS: dict[str, tuple[str, ...]] = {
    "pending": (),
    "sending": ("sending",),
    "uncertain": ("sending", "uncertain"),
    "sent": ("sending", "sent"),
    "delivered": ("sending", "sent", "delivered"),
    "bounced": ("sending", "sent", "bounced"),
    "dead": ("sending", "dead"),
    "superseded": ("superseded",),
    "expired": ("expired",),
    "suppressed": ("suppressed",),
}


def step(make: Make, to: str, columns: str | None = None) -> None:
    settled = make.one("SELECT settled_at FROM deliveries")["settled_at"]
    changes = "reason = reason" if settled else COLUMNS[to] if columns is None else columns
    statement = f"UPDATE deliveries SET state = '{to}', {changes}"
    make.db.execute(cast(LiteralString, statement))


def refused_by(make: Make, to: str) -> str | None:
    """The guard that refuses a step, if one does; nothing is changed."""
    try:
        with make.db.transaction(force_rollback=True):
            step(make, to)
    except psycopg.errors.CheckViolation as error:
        return error.diag.constraint_name
    return None


@pytest.mark.parametrize("start", STATES)
def test_only_these_steps_are_allowed(drive: Drive, make: Make, start: str) -> None:
    [id] = drive.waiting("smtp")
    for state in WAYS[start]:
        step(make, state)
    guards = {to: refused_by(make, to) for to in STATES}
    assert {to for to, guard in guards.items() if guard is None} == STEPS.get(start, set())
    assert set(guards.values()) <= {None, "deliveries_step_check"}
    assert drive.delivery(id)["state"] == start


WRONG = {
    "pending with a worker": ("pending", "worker = id"),
    "pending and handed over": ("pending", "handed_over_at = now()"),
    "pending and settled": ("pending", "settled_at = now()"),
    "pending and sent": ("pending", "sent_at = now()"),
    "sending by nobody": ("sending", "lease_until = now(), claimed_at = now()"),
    "sending without a lease": ("sending", "worker = id, claimed_at = now()"),
    "sending since never": ("sending", "worker = id, lease_until = now()"),
    "superseded for no reason": ("superseded", "settled_at = now()"),
    "expired for no reason": ("expired", "settled_at = now()"),
    "suppressed for no reason": ("suppressed", "settled_at = now()"),
    "suppressed for another reason": ("suppressed", "settled_at = now(), reason = 'bad luck'"),
    "suppressed and not settled": ("suppressed", "reason = 'quiet'"),
    "suppressed and sent": (
        "suppressed",
        "settled_at = now(), reason = 'quiet', sent_at = now()",
    ),
}
WRONG_AFTER_SENDING = {
    "uncertain and not handed over": ("uncertain", "worker = NULL, lease_until = NULL"),
    "uncertain with a worker": ("uncertain", "lease_until = NULL, handed_over_at = now()"),
    "uncertain with a lease": ("uncertain", "worker = NULL, handed_over_at = now()"),
    "sent, nobody knows when": (
        "sent",
        "worker = NULL, lease_until = NULL, settled_at = now()",
    ),
    "sent and open": ("sent", "worker = NULL, lease_until = NULL, sent_at = now()"),
    "dead and open": ("dead", "worker = NULL, lease_until = NULL"),
    "dead and sent": (
        "dead",
        "worker = NULL, lease_until = NULL, settled_at = now(), sent_at = now()",
    ),
}


@pytest.mark.parametrize("case", [*WRONG, *WRONG_AFTER_SENDING])
def test_a_state_has_its_times_and_no_others(drive: Drive, make: Make, case: str) -> None:
    drive.waiting("smtp")
    if case in WRONG_AFTER_SENDING:
        step(make, "sending")
    to, columns = {**WRONG, **WRONG_AFTER_SENDING}[case]
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        step(make, to, columns)
    assert caught.value.diag.constraint_name in (
        "deliveries_state_check",
        "deliveries_reason_check",
    )


@pytest.mark.parametrize("state", sorted(set(STATES) - {"pending", "suppressed"}))
def test_a_delivery_begins_as_waiting_or_suppressed(drive: Drive, make: Make, state: str) -> None:
    drive.waiting("smtp")
    with pytest.raises(psycopg.errors.CheckViolation):
        make.db.execute(
            "INSERT INTO deliveries (id, channel, purpose, lane, state, reason, settled_at, "
            "due_at, expires_at) VALUES (gen_random_uuid(), 'email', 'test', 'smtp', %s, 'newer', "
            "now(), now(), now())",
            [state],
        )


@pytest.mark.parametrize("column", ["due_at", "tries", "sent_at", "expires_at", "handed_over_at"])
def test_a_receipt_changes_nothing_but_what_it_tells(
    drive: Drive, make: Make, column: LiteralString
) -> None:
    drive.waiting("smtp")
    drive.send("email")
    value = "7" if column == "tries" else "now() - interval '1 day'"
    statement = f"UPDATE deliveries SET state = 'delivered', {column} = {value}"
    with pytest.raises(psycopg.errors.CheckViolation):
        make.db.execute(cast(LiteralString, statement))
    make.db.execute("UPDATE deliveries SET state = 'delivered', receipt_id = 'x'")


def test_attempts_are_never_rewritten(drive: Drive, make: Make) -> None:
    [id] = drive.waiting("smtp")
    drive.send("email", "failed", code="451")
    for statement in (
        "UPDATE delivery_attempts SET outcome = 'sent'",
        "TRUNCATE delivery_attempts",
    ):
        with pytest.raises(psycopg.Error):
            make.db.execute(cast(LiteralString, statement))
    assert drive.attempts(id) == ["failed"]


def test_what_is_open_is_not_removed(drive: Drive, make: Make) -> None:
    drive.waiting("smtp", 2)
    with pytest.raises(psycopg.errors.CheckViolation):
        make.db.execute("DELETE FROM deliveries")
    drive.send("email")
    make.db.execute("DELETE FROM deliveries")


def test_what_only_the_receiver_may_read_goes_when_it_is_settled(drive: Drive, make: Make) -> None:
    [id] = drive.waiting("smtp")
    make.db.execute("UPDATE deliveries SET sealed = 'secret'")
    drive.send("email", "failed")
    assert drive.delivery(id)["sealed"] == b"secret"
    drive.pass_time(60)
    drive.send("email")
    assert drive.delivery(id)["sealed"] is None
