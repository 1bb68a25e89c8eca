"""What a database holds, so that a test can say that nothing was changed."""

from typing import LiteralString, cast

from tests.support.make import Make

# Logs and counters of what was asked, and what the relay has seen: not what requests are about.
BESIDES = ("user_actions", "throttle_windows", "outbox", "schema_scripts", "schema_functions")


def snapshot(make: Make) -> dict[str, tuple[int, int]]:
    """For each table, how many rows it has and a number that any change of one changes."""
    query = " UNION ALL ".join(
        f"SELECT '{table}' AS name, count(*), "
        f"coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) AS sum FROM {table} AS t"
        for table in tables(make)
    )
    rows = make.db.execute(cast(LiteralString, query)).fetchall()
    return {row["name"]: (row["count"], int(row["sum"])) for row in rows}


def tables(make: Make) -> list[str]:
    rows = make.all(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    names = {row["relname"] for row in rows}
    assert {"slots", "appointments", "reservations", "slot_audit", "idempotency_records"} <= names
    kept = names - set(BESIDES)
    return sorted(name for name in kept if not name.startswith(("relay", "channel")))
