-- Busy times of calendars outside (docs/calendars.md, "Busy times").

-- When an object of a connection's calendar makes its provider busy. Nothing else of it is kept: no title,
-- and not even its address, of which object_id is made.
CREATE TABLE busy_times (
    connection_id uuid NOT NULL REFERENCES calendar_connections (id),
    object_id     uuid NOT NULL,
    provider_id   uuid NOT NULL REFERENCES providers (id),
    during        tstzrange NOT NULL CONSTRAINT busy_times_during_check
        CHECK (NOT isempty(during) AND lower(during) IS NOT NULL AND upper(during) IS NOT NULL),
    CONSTRAINT busy_times_pkey PRIMARY KEY (connection_id, object_id, during)
);
CREATE INDEX busy_times_during_idx ON busy_times
    USING gist (uuidrange(provider_id, provider_id, '[]'), during);

-- How the reading of a connection's calendar stands. No row: it has never been read.
CREATE TABLE busy_imports (
    connection_id uuid PRIMARY KEY REFERENCES calendar_connections (id),
    lease         uuid,  -- of who reads it now
    lease_until   timestamptz,
    read_at       timestamptz,  -- when all of it was read last
    read_until    timestamptz,  -- up to when series were expanded then
    timezone      text,  -- by which days and times without a zone were read
    emptied_at    timestamptz,  -- when it was said that nothing is left, which the next read has to confirm
    unreadable    integer NOT NULL DEFAULT 0,  -- objects of the last read that were passed over
    CONSTRAINT busy_imports_lease_check CHECK ((lease IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 50);

-- Slots that a calendar blocked, at the version which that gave them. Another version than the slot's says
-- that staff have changed it since; 0 that they want it as it is. The row goes with the busy time.
CREATE TABLE busy_blocks (
    slot_id      uuid PRIMARY KEY REFERENCES slots (id),
    provider_id  uuid NOT NULL REFERENCES providers (id),
    slot_version integer NOT NULL
);
CREATE INDEX busy_blocks_provider_idx ON busy_blocks (provider_id);

-- Providers whose slots do not follow a change of their busy times yet: written with that change.
CREATE TABLE busy_marks (
    provider_id uuid PRIMARY KEY REFERENCES providers (id),
    due_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX busy_marks_due_idx ON busy_marks (due_at);

-- Providers whose schedule has times that were not published for being busy.
CREATE TABLE busy_skips (
    provider_id uuid PRIMARY KEY REFERENCES providers (id)
);
