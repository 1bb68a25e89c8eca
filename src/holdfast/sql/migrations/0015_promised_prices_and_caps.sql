-- A reservation promises a price, a policy and a duration (SPEC 4.4); what is found in one go when the
-- caps of a client are counted (SPEC 4.4, 4.5); and a state for what was withdrawn while it was held.

ALTER TYPE reservation_status ADD VALUE 'withdrawn';

-- What is promised, copied from the service when the slot is reserved. Reservations that had ended
-- before there was this promise have none.
ALTER TABLE reservations
    ADD COLUMN price_cents       integer,
    ADD COLUMN currency          text,
    ADD COLUMN duration_minutes  integer,
    ADD COLUMN free_until_hours  integer,
    ADD COLUMN late_fee_cents    integer,
    ADD COLUMN late_fee_percent  integer,
    ADD COLUMN no_show_fee_cents integer;
UPDATE reservations AS r
SET price_cents = s.price_cents, currency = s.currency, duration_minutes = s.duration_minutes,
    free_until_hours = s.free_until_hours, late_fee_cents = s.late_fee_cents,
    late_fee_percent = s.late_fee_percent, no_show_fee_cents = s.no_show_fee_cents
FROM services AS s
WHERE s.id = r.service_id AND r.closed_at IS NULL;
ALTER TABLE reservations ADD CONSTRAINT reservations_promise_check CHECK (
    closed_at IS NOT NULL
    OR num_nulls(price_cents, currency, duration_minutes, free_until_hours, no_show_fee_cents) = 0
);

-- A client's holds of one slot whose extensions were used up.
CREATE INDEX reservations_used_up_idx ON reservations (user_id, slot_id) WHERE extensions >= 2;
-- A client's holds that led to nothing.
CREATE INDEX reservations_idle_idx ON reservations (user_id, closed_at)
    WHERE status IN ('released', 'expired');
-- What a client has to come: confirmed or waiting.
CREATE INDEX appointments_user_open_idx ON appointments (user_id, start_at)
    WHERE status IN ('requested', 'confirmed') AND deleted_at IS NULL;

-- Facts about a refusal that a client can act on.
ALTER TYPE appointment_result ADD ATTRIBUTE details jsonb;
ALTER TYPE appointment_answer ADD ATTRIBUTE details jsonb;
