-- What is counted or passed over is found in an index alone.

-- A list of slots begins with what has begun before and is not over, as one of appointments does: a walk
-- from a day earlier on. With the end in the index, those that are over are passed over there.
DROP INDEX slots_start_idx;
CREATE INDEX slots_start_idx ON slots (start_at, id, end_at) WHERE deleted_at IS NULL;
DROP INDEX slots_facility_start_idx;
CREATE INDEX slots_facility_start_idx ON slots (facility_id, start_at, id, end_at)
    WHERE deleted_at IS NULL;

-- What a client has to come, by its kind: up to the limit of one kind is counted, and no other is read.
DROP INDEX appointments_user_open_idx;
CREATE INDEX appointments_user_open_idx ON appointments (user_id, status, start_at)
    WHERE status IN ('requested', 'confirmed') AND deleted_at IS NULL;
