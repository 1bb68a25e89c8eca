-- The checks of `holdfast verify` on the schema: what enforces the rules is there and switched on.
-- Each returns one row for everything it looked at; `what` is empty where all is well.

-- name: constraints
-- Constraints, unique indexes and generated columns that the rules rest on exist and are valid.
SELECT g.invariant, g.relation, g.name AS id, CASE
    WHEN c.conname IS NOT NULL AND NOT c.convalidated THEN 'the constraint is not validated'
    WHEN i.indexrelid IS NOT NULL AND NOT ((i.indisunique OR i.indisexclusion) AND i.indisvalid)
        THEN 'the index does not keep duplicates out'
    WHEN c.conname IS NULL AND i.indexrelid IS NULL AND n.attname IS NULL
        THEN CASE WHEN g.name ~ '_(excl|check|key|fkey|pkey)$' THEN 'the constraint does not exist'
                  ELSE 'the column is not a generated one' END
    END AS what
FROM (VALUES
    ('I1', 'slots', 'slots_overlap_excl'),
    ('I1', 'slots', 'slots_period_check'),
    ('I1', 'slots', 'is_open'),
    ('I1', 'slots', 'during'),
    ('I1', 'appointments', 'appointments_overlap_excl'),
    ('I1', 'appointments', 'appointments_period_check'),
    ('I1', 'appointments', 'appointments_slot_key'),
    ('I1', 'appointments', 'is_live'),
    ('I1', 'appointments', 'during'),
    ('I1', 'reservations', 'reservations_slot_key'),
    ('I3', 'idempotency_records', 'idempotency_records_pkey'),
    ('I4', 'slots', 'slots_booked_check'),
    ('I4', 'slots', 'slots_deleted_check'),
    ('I4', 'slots', 'slots_origin_check'),
    ('I4', 'slots', 'slots_appointment_fkey'),
    ('I4', 'appointments', 'appointments_slot_check'),
    ('I4', 'appointments', 'appointments_slot_fkey'),
    ('I5', 'slots', 'slots_held_check'),
    ('I5', 'slots', 'slots_reservation_fkey'),
    ('I5', 'reservations', 'reservations_closed_check'),
    ('I5', 'reservations', 'reservations_expires_check'),
    ('I5', 'reservations', 'reservations_slot_fkey'),
    ('I6', 'appointment_audit', 'appointment_audit_pkey'),
    ('I6', 'appointment_audit', 'appointment_audit_chain_check'),
    ('I6', 'slot_audit', 'slot_audit_pkey'),
    ('I6', 'slot_audit', 'slot_audit_chain_check'),
    ('I7', 'deliveries', 'deliveries_state_check'),
    ('I7', 'deliveries', 'deliveries_dedupe_key'),
    ('I7', 'delivery_attempts', 'delivery_attempts_pkey'),
    ('I8', 'edit_locks', 'edit_locks_pkey'),
    ('I9', 'appointments', 'appointments_fee_check'),
    ('I9', 'appointments', 'appointments_refundable_check'),
    ('I9', 'reservations', 'reservations_promise_check')
) AS g (invariant, relation, name)
LEFT JOIN pg_constraint AS c
    ON c.conrelid = to_regclass(g.relation) AND c.conname = g.name
LEFT JOIN pg_index AS i
    ON i.indrelid = to_regclass(g.relation) AND i.indexrelid = to_regclass(g.name)
LEFT JOIN pg_attribute AS n
    ON n.attrelid = to_regclass(g.relation) AND n.attname = g.name AND n.attgenerated = 's';

-- name: triggers
-- Triggers that write history and refuse its change exist and fire under every session setting.
SELECT g.invariant, g.relation, g.name AS id, CASE
    WHEN t.oid IS NULL THEN 'the trigger does not exist'
    WHEN t.tgenabled <> 'A' THEN 'the trigger is not enabled ALWAYS'
    WHEN p.proname <> g.function THEN format('the trigger runs %%s', p.proname)
    END AS what
FROM (VALUES
    ('I4', 'slots', 'slots_agreement', 'check_slot_agreement'),
    ('I4', 'slots', 'slots_agreement_on_insert', 'check_slot_agreement'),
    ('I4', 'appointments', 'appointments_agreement', 'check_slot_agreement'),
    ('I6', 'slots', 'slots_record', 'record_slot_change'),
    ('I6', 'slots', 'slots_stay', 'refuse_change'),
    ('I6', 'appointments', 'appointments_record', 'record_appointment_change'),
    ('I6', 'appointments', 'appointments_stay', 'refuse_change'),
    ('I6', 'appointment_audit', 'appointment_audit_append_only', 'refuse_change'),
    ('I6', 'slot_audit', 'slot_audit_append_only', 'refuse_change'),
    ('I7', 'deliveries', 'deliveries_guard', 'guard_delivery'),
    ('I7', 'deliveries', 'deliveries_guard_new', 'guard_new_delivery'),
    ('I7', 'deliveries', 'deliveries_guard_removed', 'guard_removed_delivery'),
    ('I7', 'delivery_attempts', 'delivery_attempts_append_only', 'refuse_change'),
    ('I9', 'appointments', 'appointments_free_until', 'set_refundable_until'),
    ('I9', 'appointments', 'appointments_policy', 'keep_policy')
) AS g (invariant, relation, name, function)
LEFT JOIN pg_trigger AS t ON t.tgrelid = to_regclass(g.relation) AND t.tgname = g.name
LEFT JOIN pg_proc AS p ON p.oid = t.tgfoid;

-- name: rights
-- I6, I8: the server's role can write history in no way but through the triggers, can remove
-- nothing that history speaks of, and neither is nor may become the owner.
SELECT g.invariant, g.relation, %(role)s || ' ' || g.privilege AS id, CASE
    WHEN r.oid IS NULL THEN 'the role does not exist'
    WHEN r.rolsuper THEN 'the role is a superuser'
    WHEN g.privilege = 'OWNER' THEN
        CASE WHEN pg_has_role(r.oid, c.relowner, 'MEMBER') THEN 'the role may act as the owner' END
    WHEN has_table_privilege(r.oid, c.oid, g.privilege) THEN 'the role has this right'
    WHEN g.privilege IN ('INSERT', 'UPDATE')
         AND has_any_column_privilege(r.oid, c.oid, g.privilege)
        THEN 'the role has this right on a column'
    END AS what
FROM (VALUES
    ('I6', 'appointment_audit', 'INSERT'), ('I6', 'appointment_audit', 'UPDATE'),
    ('I6', 'appointment_audit', 'DELETE'), ('I6', 'appointment_audit', 'TRUNCATE'),
    ('I6', 'appointment_audit', 'TRIGGER'), ('I6', 'appointment_audit', 'OWNER'),
    ('I6', 'slot_audit', 'INSERT'), ('I6', 'slot_audit', 'UPDATE'),
    ('I6', 'slot_audit', 'DELETE'), ('I6', 'slot_audit', 'TRUNCATE'),
    ('I6', 'slot_audit', 'TRIGGER'), ('I6', 'slot_audit', 'OWNER'),
    ('I6', 'appointments', 'DELETE'), ('I6', 'appointments', 'TRUNCATE'),
    ('I6', 'appointments', 'TRIGGER'), ('I6', 'appointments', 'OWNER'),
    ('I6', 'slots', 'DELETE'), ('I6', 'slots', 'TRUNCATE'),
    ('I6', 'slots', 'TRIGGER'), ('I6', 'slots', 'OWNER'),
    ('I8', 'edit_lock_history', 'UPDATE'), ('I8', 'edit_lock_history', 'DELETE'),
    ('I8', 'edit_lock_history', 'TRUNCATE'), ('I8', 'edit_lock_history', 'OWNER')
) AS g (invariant, relation, privilege)
JOIN pg_class AS c ON c.oid = to_regclass(g.relation)
LEFT JOIN pg_roles AS r ON r.rolname = %(role)s;
