"""Violations of I7 in what leaves the server, to be planted in a `World` that has told of it."""

from tests.sql.verify_plants import Plant

# Names of the world: `told`, `told_next` and `waiting` are deliveries to `endpoint`, all of one
# appointment.
_COPY = """
    INSERT INTO deliveries (id, channel, purpose, lane, endpoint_id, appointment_id, position,
                            event_type, dedupe_key, due_at, expires_at)
    SELECT %(new)s, channel, purpose, lane, endpoint_id, appointment_id, position, event_type,
           {key}, due_at, expires_at
    FROM deliveries WHERE id = %(told)s;
"""

DELIVERY_PLANTS = {
    "an event planned twice": Plant(
        _COPY.format(key="dedupe_key"),
        ("delivery_events told", "delivery_events new"),
        without=("deliveries.deliveries_dedupe_key",),
        has_deliveries=True,
    ),
    "a delivery planned under another key": Plant(
        _COPY.format(key="'event:0:x:webhook'"), ("delivery_events new",), has_deliveries=True
    ),
    "a delivery without its event": Plant(
        "UPDATE deliveries SET position = position + 1000, "
        "dedupe_key = 'event:' || position + 1000 || ':' || endpoint_id || ':webhook' "
        "WHERE id = %(waiting)s; UPDATE consumers SET position = position + 2000",
        ("delivery_events waiting", "events_told endpoint"),
        has_deliveries=True,
    ),
    "a delivery of an event that was not planned": Plant(
        "UPDATE consumers SET position = position - 1 WHERE name = 'webhook'",
        ("delivery_events waiting",),
        has_deliveries=True,
    ),
    "a delivery of another kind of event": Plant(
        "UPDATE deliveries SET event_type = 'booking.cancelled' WHERE id = %(waiting)s",
        ("delivery_events waiting",),
        has_deliveries=True,
    ),
    "a delivery of another appointment's event": Plant(
        "UPDATE deliveries SET appointment_id = %(completed)s WHERE id = %(waiting)s",
        ("delivery_events waiting",),
        has_deliveries=True,
    ),
    "a later delivery that was tried first": Plant(
        "UPDATE delivery_attempts SET started_at = started_at - interval '1 hour' "
        "WHERE delivery_id = %(told_next)s",
        ("delivery_order told_next",),
        has_deliveries=True,
    ),
    "a try that was not written down": Plant(
        "DELETE FROM delivery_attempts WHERE delivery_id = %(told)s",
        ("delivery_states told",),
        has_deliveries=True,
    ),
    "a try that is missing in between": Plant(
        "UPDATE delivery_attempts SET number = 3 WHERE delivery_id = %(told)s",
        ("delivery_states told",),
        has_deliveries=True,
    ),
    "a delivery that was sent twice": Plant(
        "INSERT INTO delivery_attempts SELECT delivery_id, 2, started_at, ended_at, outcome "
        "FROM delivery_attempts WHERE delivery_id = %(waiting)s OR delivery_id = %(told_next)s; "
        "UPDATE deliveries SET tries = 2 WHERE id = %(told_next)s",
        ("delivery_states told_next",),
        has_deliveries=True,
    ),
    "an event that an endpoint was not told of": Plant(
        "DELETE FROM deliveries WHERE id = %(told_next)s",
        ("events_told endpoint",),
        has_deliveries=True,
    ),
}
