-- Calendars outside, over CalDAV (docs/calendars.md).

-- A provider's collection on a CalDAV server. The password is sealed with the row's id inside; it is
-- empty once the connection is removed and nothing has to be done with it any more.
CREATE TABLE calendar_connections (
    id                uuid PRIMARY KEY,
    provider_id       uuid NOT NULL REFERENCES providers (id),
    url               text NOT NULL CONSTRAINT calendar_connections_url_check
        CHECK (length(url) BETWEEN 1 AND 2000),  -- of the collection
    name              text NOT NULL DEFAULT '',  -- what the server calls it
    username          text NOT NULL,
    password_sealed   bytea NOT NULL,
    push              boolean NOT NULL,
    busy              boolean NOT NULL,
    state             text NOT NULL DEFAULT 'ok' CONSTRAINT calendar_connections_state_check
        CHECK (state IN ('ok', 'needs_attention')),
    reason            text CONSTRAINT calendar_connections_reason_check
        CHECK ((state = 'needs_attention') = (reason IS NOT NULL)
               AND reason IN ('unauthorized', 'not_found')),
    -- Busy import: where it goes on, when it was last right, when it is due, and since when somebody
    -- asks for it sooner.
    sync_token        text,
    last_synced_at    timestamptz,
    next_sync_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    sync_requested_at timestamptz,
    -- A removed one that still takes away what it put there.
    removes_events    boolean NOT NULL DEFAULT false,
    version           integer NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_before    timestamptz,
    deleted_at        timestamptz,
    CONSTRAINT calendar_connections_removes_check CHECK (deleted_at IS NOT NULL OR NOT removes_events)
);
CREATE INDEX calendar_connections_provider_idx ON calendar_connections (provider_id, created_at, id)
    WHERE deleted_at IS NULL;
CREATE INDEX calendar_connections_sync_idx ON calendar_connections (next_sync_at)
    WHERE busy AND deleted_at IS NULL;
-- Removed ones whose password is still kept.
CREATE INDEX calendar_connections_deleted_idx ON calendar_connections (deleted_at)
    WHERE deleted_at IS NOT NULL AND password_sealed <> '';

-- What we have put into a collection. No foreign key to the appointment, as in deliveries.
CREATE TABLE calendar_objects (
    connection_id    uuid NOT NULL REFERENCES calendar_connections (id),
    appointment_id   uuid NOT NULL,
    href             text NOT NULL,  -- its path on the server
    etag             text,  -- NULL: not known
    sequence         integer NOT NULL,
    version          integer NOT NULL,  -- of the appointment
    content_hash     bytea NOT NULL,
    start_at         timestamptz NOT NULL,
    end_at           timestamptz NOT NULL,
    has_theirs       boolean NOT NULL,  -- that somebody added what we have to keep
    removed_there_at timestamptz,  -- since when somebody is known to have removed it there
    pushed_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT calendar_objects_pkey PRIMARY KEY (connection_id, appointment_id)
);
CREATE INDEX calendar_objects_href_idx ON calendar_objects (connection_id, href);
CREATE INDEX calendar_objects_end_idx ON calendar_objects (end_at);

CREATE INDEX deliveries_connection_idx ON deliveries (connection_id, number)
    WHERE connection_id IS NOT NULL;
