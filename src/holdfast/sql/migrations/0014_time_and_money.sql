-- What depends on the time of an appointment (SPEC I9, 4.5): until when cancelling is free is kept with
-- it, and lists find what overlaps a period.

-- Appointments that are there get what the rule said until now. Computed as the column is added, because
-- an UPDATE would be a change that history has to record. From now on triggers set it
-- (set_refundable_until(), keep_policy()).
CREATE FUNCTION refundable_until_by_policy(p_start timestamptz, p_hours integer)
RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$ SELECT p_start - p_hours * interval '1 hour' $$;

ALTER TABLE appointments ADD COLUMN refundable_until timestamptz NOT NULL
    GENERATED ALWAYS AS (refundable_until_by_policy(start_at, free_until_hours)) STORED;
ALTER TABLE appointments ALTER COLUMN refundable_until DROP EXPRESSION;
DROP FUNCTION refundable_until_by_policy(timestamptz, integer);

-- A client's move may only lower it, so it is never later than the policy says.
ALTER TABLE appointments ADD CONSTRAINT appointments_refundable_check
    CHECK (refundable_until <= start_at - free_until_hours * interval '1 hour');

-- A list begins with what has begun before and is not over: a walk from a day earlier on, as no
-- appointment is longer. With the end in the index, those that are over are passed over there.
DROP INDEX appointments_start_idx;
CREATE INDEX appointments_start_idx ON appointments (start_at, id, end_at);
DROP INDEX appointments_status_start_idx;
CREATE INDEX appointments_status_start_idx ON appointments (status, start_at, id, end_at)
    WHERE deleted_at IS NULL;
