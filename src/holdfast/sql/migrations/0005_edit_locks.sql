-- Edit locks (SPEC 4.6): who may edit an appointment for some minutes.
--
-- One row for each appointment that was ever locked. It stays after a release, because `version` is
-- a fencing token: it counts every grant, renewal and take-over and never goes back.
CREATE TABLE edit_locks (
    appointment_id uuid PRIMARY KEY REFERENCES appointments (id),
    version        integer NOT NULL DEFAULT 0,
    user_id        uuid REFERENCES users (id),  -- NULL: nobody holds it
    user_name      text,
    user_email     text,
    position       jsonb,
    acquired_at    timestamptz,
    expires_at     timestamptz,
    CONSTRAINT edit_locks_holder_check CHECK (
        (user_id IS NULL) = (user_name IS NULL)
        AND (user_id IS NULL) = (user_email IS NULL)
        AND (user_id IS NULL) = (acquired_at IS NULL)
        AND (user_id IS NULL) = (expires_at IS NULL)
    ),
    CONSTRAINT edit_locks_version_check CHECK (version >= 0)
) WITH (fillfactor = 70);

-- Those held, few at any time. It names no column that a renewal changes (HOT).
CREATE INDEX edit_locks_held_idx ON edit_locks (appointment_id) WHERE user_id IS NOT NULL;

CREATE TABLE edit_lock_history (
    id               uuid PRIMARY KEY,
    appointment_id   uuid NOT NULL,
    user_id          uuid NOT NULL,
    user_name        text NOT NULL,
    user_email       text NOT NULL,
    action           text NOT NULL,
    at               timestamptz NOT NULL,
    duration_seconds integer,
    released_by      uuid,
    lock_version     integer NOT NULL,
    metadata         jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT edit_lock_history_action_check CHECK (action IN (
        'acquired', 'renewed', 'released', 'expired', 'force_released', 'taken_over'))
);
CREATE INDEX edit_lock_history_appointment_idx
    ON edit_lock_history (appointment_id, at DESC, id DESC);
CREATE INDEX edit_lock_history_at_idx ON edit_lock_history USING brin (at);
