-- What an appointment may cost its client is decided once (SPEC §3: I9).

-- Until when cancelling is free, by the policy of the booking. Triggers run by name: this one and the next
-- one before appointments_record, which writes down what they say.
CREATE OR REPLACE FUNCTION set_refundable_until() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.refundable_until := NEW.start_at - NEW.free_until_hours * interval '1 hour';
    RETURN NEW;
END
$$;

-- The policy of the booking is not rewritten afterwards, nor is a fee once decided: only reopening a missed
-- visit takes its fee back. Until when cancelling is free is set here, so that no way of moving an
-- appointment can forget it: by the policy at each move of staff; a client's own move may only make it
-- earlier. Nor may a client lower what its own late cancel costs.
CREATE OR REPLACE FUNCTION keep_policy() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v_by_policy timestamptz;
BEGIN
    IF (OLD.free_until_hours, OLD.late_fee_cents, OLD.late_fee_percent, OLD.no_show_fee_cents)
        IS DISTINCT FROM
       (NEW.free_until_hours, NEW.late_fee_cents, NEW.late_fee_percent, NEW.no_show_fee_cents)
    OR (OLD.fee_cents IS NOT NULL AND (OLD.fee_cents, OLD.refund_cents, OLD.fee_waived)
        IS DISTINCT FROM (NEW.fee_cents, NEW.refund_cents, NEW.fee_waived)
        AND (OLD.status = 'no_show' AND NEW.status = 'confirmed' AND NEW.fee_cents IS NULL)
            IS NOT TRUE) THEN
        RAISE EXCEPTION 'policy and fee of appointment % are decided', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appointments_policy_check';
    END IF;
    IF NEW.start_at <> OLD.start_at THEN
        v_by_policy := NEW.start_at - NEW.free_until_hours * interval '1 hour';
        NEW.refundable_until := CASE WHEN acting() ->> 'type' = 'user'
            THEN least(OLD.refundable_until, v_by_policy) ELSE v_by_policy END;
    END IF;
    IF (NEW.refundable_until > OLD.refundable_until OR NEW.price_cents < OLD.price_cents)
       AND acting() ->> 'type' = 'user' THEN
        RAISE EXCEPTION 'a client may not lower what cancelling appointment % costs', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appointments_policy_check';
    END IF;
    RETURN NEW;
END
$$;
