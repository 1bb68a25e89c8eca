"""Violations of I6 to I8, and of what enforces the rules, to be planted in a `World`."""

from tests.sql.verify_plants import Plant

SET_HASH = """
    UPDATE appointment_audit AS e SET hash = entry_hash(e, (
        SELECT '{' || coalesce(string_agg(
            to_json(c.key)::text || ':{"from":' || (c.value -> 'from')::text
            || ',"to":' || (c.value -> 'to')::text || '}', ',' ORDER BY c.key COLLATE "C"
        ), '') || '}'
        FROM jsonb_each(e.changes) AS c))
"""
REHASH = SET_HASH + "WHERE appointment_id = %(cancelled)s AND version = "
SEAL = """
    UPDATE appointments AS a SET audit_hash = e.hash FROM appointment_audit AS e
    WHERE a.id = %(cancelled)s AND e.appointment_id = a.id AND e.version = a.version;
"""
CANCELLED = " WHERE appointment_id = %(cancelled)s"
EVENT = " WHERE topic = 'bookings' AND key = %(cancelled)s AND (payload ->> 'version')::int = "

HISTORY_PLANTS = {
    # I6
    "a change past the history": Plant(
        "UPDATE appointments SET notes = 'x' WHERE id = %(confirmed)s",
        ("appointment_facts confirmed",),
        past_history=True,
    ),
    "a status past the history": Plant(
        "UPDATE appointments SET status = 'completed' WHERE id = %(confirmed)s",
        ("appointment_history confirmed", "appointment_facts confirmed"),
        past_history=True,
    ),
    "a time of change past the history": Plant(
        "UPDATE appointments SET updated_at = now() WHERE id = %(confirmed)s",
        ("appointment_history confirmed",),
        past_history=True,
    ),
    "an entry taken out": Plant(
        "DELETE FROM appointment_audit" + CANCELLED + " AND version = 1",
        (
            "appointment_history cancelled",
            "appointment_facts cancelled",
            "appointment_events cancelled",
        ),
        past_history=True,
    ),
    "the last entry taken out": Plant(
        "DELETE FROM appointment_audit" + CANCELLED + " AND version = 2",
        (
            "appointment_history cancelled",
            "appointment_facts cancelled",
            "appointment_events cancelled",
        ),
        past_history=True,
    ),
    "the whole history taken out": Plant(
        "DELETE FROM appointment_audit" + CANCELLED,
        (
            "appointment_history cancelled",
            "appointment_events cancelled",
            "appointment_events cancelled",
        ),
        past_history=True,
    ),
    "an entry put in": Plant(
        "INSERT INTO appointment_audit SELECT new_uuid_v7(), appointment_id, 3, 'updated', NULL, "
        "'system', 'x', clock_timestamp(), new_status, new_status, NULL, '{}', hash, 'x' "
        "FROM appointment_audit" + CANCELLED + " AND version = 2;" + REHASH + "3",
        ("appointment_history cancelled", "appointment_events cancelled"),
        past_history=True,
    ),
    "a history of nothing": Plant(
        "INSERT INTO appointment_audit SELECT new_uuid_v7(), %(nobody)s, 1, 'created', NULL, "
        "'system', 'x', clock_timestamp(), NULL, 'requested', NULL, "
        """'{"status": {"from": null, "to": "requested"}}', NULL, 'x'; """
        + SET_HASH
        + "WHERE appointment_id = %(nobody)s",
        ("appointment_history nobody", "appointment_events nobody"),
        past_history=True,
    ),
    "an entry twice": Plant(
        "INSERT INTO appointment_audit SELECT * FROM appointment_audit"
        + CANCELLED
        + " AND version = 1",
        ("appointment_history cancelled", "appointment_facts cancelled"),
        without=("appointment_audit.appointment_audit_pkey",),
        past_history=True,
    ),
    "an entry altered": Plant(
        "UPDATE appointment_audit SET reason = 'x'" + CANCELLED + " AND version = 1",
        ("appointment_entries cancelled",),
        past_history=True,
    ),
    "an entry altered, with its hash": Plant(
        "UPDATE appointment_audit SET reason = 'x'"
        + CANCELLED
        + " AND version = 1;"
        + REHASH
        + "1",
        ("appointment_chain cancelled",),
        past_history=True,
    ),
    "the last entry altered, with its hash": Plant(
        "UPDATE appointment_audit SET reason = 'x'"
        + CANCELLED
        + " AND version = 2;"
        + REHASH
        + "2",
        ("appointment_history cancelled",),
        past_history=True,
    ),
    "a false before, sealed": Plant(
        """UPDATE appointment_audit SET changes = jsonb_set(changes, '{status,from}', '"x"')"""
        + CANCELLED
        + " AND version = 2;"
        + REHASH
        + "2;"
        + SEAL,
        ("appointment_facts cancelled",),
        past_history=True,
    ),
    "a false previous status, sealed": Plant(
        "UPDATE appointment_audit SET previous_status = 'requested'"
        + CANCELLED
        + " AND version = 2;"
        + REHASH
        + "2;"
        + SEAL
        + "UPDATE appointments SET fee_cents = 0 WHERE id = %(cancelled)s",
        ("appointment_chain cancelled",),
        past_history=True,
    ),
    "an entry before its predecessor, sealed": Plant(
        "UPDATE appointment_audit SET at = at - interval '1 day'"
        + CANCELLED
        + " AND version = 2;"
        + REHASH
        + "2;"
        + SEAL
        + "UPDATE appointments AS a SET updated_at = e.at FROM appointment_audit AS e "
        "WHERE a.id = %(cancelled)s AND e.appointment_id = a.id AND e.version = 2",
        ("appointment_chain cancelled",),
        past_history=True,
    ),
    "an entry of nobody, sealed": Plant(
        "UPDATE appointment_audit SET actor_type = 'ghost'"
        + CANCELLED
        + " AND version = 2;"
        + REHASH
        + "2;"
        + SEAL,
        ("appointment_chain cancelled",),
        past_history=True,
    ),
    "a slot changed past the history": Plant(
        "UPDATE slots SET service_id = %(service)s WHERE id = %(free)s",
        ("slot_facts free",),
        past_history=True,
    ),
    "a slot's entry altered": Plant(
        "UPDATE slot_audit SET actor_name = 'x' WHERE slot_id = %(foreign)s",
        ("slot_entries foreign",),
        past_history=True,
    ),
    "a slot's last entry taken out": Plant(
        "DELETE FROM slot_audit WHERE slot_id = %(held)s AND version = 2",
        ("slot_history held", "slot_facts held", "slot_events held"),
        past_history=True,
    ),
    # I7
    "an event missing": Plant(
        "DELETE FROM outbox" + EVENT + "2", ("appointment_events cancelled",)
    ),
    "an event twice": Plant(
        "INSERT INTO outbox (topic, key, type, payload) SELECT topic, key, type, payload "
        "FROM outbox" + EVENT + "2",
        ("appointment_events cancelled",),
    ),
    "events in the wrong order": Plant(
        "INSERT INTO outbox (topic, key, type, payload) SELECT topic, key, type, payload "
        "FROM outbox"
        + EVENT
        + "1; DELETE FROM outbox USING (SELECT min(id) AS id FROM outbox"
        + EVENT
        + "1) AS o WHERE outbox.id = o.id",
        ("appointment_events cancelled",),
    ),
    "an event of no change": Plant(
        "INSERT INTO outbox (topic, key, type, payload) SELECT topic, key, type, "
        "jsonb_set(payload, '{version}', '9') FROM outbox" + EVENT + "2",
        ("appointment_events cancelled",),
    ),
    "an event of another type": Plant(
        "UPDATE outbox SET type = 'booking.no_show'" + EVENT + "2",
        ("appointment_events cancelled",),
    ),
    "a timeslot event missing": Plant(
        "DELETE FROM outbox WHERE payload ->> 'timeslotId' = %(foreign)s::text",
        ("slot_events foreign",),
    ),
    # I8
    "a version that skips": Plant(
        "UPDATE appointments SET version = version + 1 WHERE id = %(confirmed)s",
        ("appointment_history confirmed",),
        past_history=True,
    ),
    "an edit-lock version that went back": Plant(
        "UPDATE edit_locks SET version = 1", ("edit_lock_versions confirmed",)
    ),
    # What enforces the rules
    "a trigger gone": Plant("DROP TRIGGER slots_record ON slots", ("triggers slots_record",)),
    "a trigger off": Plant(
        "ALTER TABLE slots DISABLE TRIGGER slots_stay", ("triggers slots_stay",)
    ),
    "a trigger that can be switched off": Plant(
        "ALTER TABLE slot_audit ENABLE TRIGGER slot_audit_append_only",
        ("triggers slot_audit_append_only",),
    ),
    "a trigger that does something else": Plant(
        "CREATE OR REPLACE TRIGGER appointments_policy BEFORE UPDATE ON appointments "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(); "
        "ALTER TABLE appointments ENABLE ALWAYS TRIGGER appointments_policy",
        ("triggers appointments_policy",),
    ),
    "a constraint not validated": Plant(
        "ALTER TABLE slots DROP CONSTRAINT slots_held_check; "
        "ALTER TABLE slots ADD CONSTRAINT slots_held_check CHECK (true) NOT VALID",
        ("constraints slots_held_check",),
    ),
    "an index that lets duplicates in": Plant(
        "DROP INDEX reservations_slot_key; CREATE INDEX reservations_slot_key "
        "ON reservations (slot_id)",
        ("constraints reservations_slot_key",),
    ),
    "a right to rewrite history": Plant(
        "GRANT UPDATE ON slot_audit TO holdfast_server", ("rights holdfast_server UPDATE",)
    ),
    "a right on a column of history": Plant(
        "GRANT UPDATE (reason) ON appointment_audit TO holdfast_server",
        ("rights holdfast_server UPDATE",),
    ),
    "a right of everybody": Plant(
        "GRANT DELETE ON slots TO PUBLIC", ("rights holdfast_server DELETE",)
    ),
    "an open slot that does not say so": Plant(
        "ALTER TABLE slots ALTER COLUMN is_open DROP EXPRESSION; "
        "UPDATE slots SET is_open = false WHERE id = %(free)s",
        ("constraints is_open", "slot_states free"),
        past_history=True,
    ),
    "a live appointment that does not say so": Plant(
        "ALTER TABLE appointments ALTER COLUMN is_live DROP EXPRESSION; "
        "UPDATE appointments SET is_live = false WHERE id = %(confirmed)s",
        ("constraints is_live", "appointment_slots confirmed"),
        past_history=True,
    ),
}
