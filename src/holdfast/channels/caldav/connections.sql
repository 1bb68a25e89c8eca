-- Calendar connections of providers (docs/calendars.md, "Connections").
--
-- Lock order: the provider's advisory lock (only to add one), then the connection's row, then the
-- consumer's, then deliveries and the lane.

CREATE OR REPLACE FUNCTION connection_document(c calendar_connections) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', c.id, 'providerId', c.provider_id, 'url', c.url, 'name', c.name, 'username', c.username,
        'push', c.push, 'busy', c.busy, 'state', c.state, 'reason', c.reason,
        'lastSyncedAt', wire_time(c.last_synced_at), 'syncRequestedAt', wire_time(c.sync_requested_at),
        'createdAt', wire_time(c.created_at), 'updatedAt', wire_time(c.updated_at),
        'version', c.version)
$$;

-- Why a provider can have no further connection, to this calendar or, with NULL, to any; NULL: it can.
CREATE OR REPLACE FUNCTION connection_objection(
    p_provider_id uuid, p_id uuid, p_url text, p_limit integer
) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM providers AS p WHERE p.id = p_provider_id AND p.deleted_at IS NULL)
            THEN 'not_found'
        WHEN (SELECT count(*) FROM calendar_connections AS c
              WHERE c.provider_id = p_provider_id AND c.deleted_at IS NULL AND c.id <> p_id) >= p_limit
            THEN 'too_many'
        WHEN EXISTS (SELECT FROM calendar_connections AS c
                     WHERE c.provider_id = p_provider_id AND c.deleted_at IS NULL AND c.id <> p_id
                       AND c.url = p_url)
            THEN 'known' END
$$;

-- Adds a connection and its lane, and plans what lies ahead. Outcomes: created, not_found, too_many,
-- known (the provider has this calendar already).
--
-- Two that are added at the same time wait for each other by the advisory lock, and the second counts
-- the first: three are three.
CREATE OR REPLACE FUNCTION create_calendar_connection(
    p_id uuid, p_provider_id uuid, p_values jsonb, p_password_sealed bytea, p_limit integer,
    p_ahead integer,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c calendar_connections := jsonb_populate_record(NULL::calendar_connections, p_values);
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('calendar_connections ' || p_provider_id, 0));
    outcome := connection_objection(p_provider_id, p_id, c.url, p_limit);
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO calendar_connections (id, provider_id, url, name, username, password_sealed, push, busy)
    VALUES (p_id, p_provider_id, c.url, c.name, c.username, p_password_sealed, c.push, c.busy)
    RETURNING * INTO c;
    PERFORM ensure_lane('caldav:' || c.id, 'caldav');
    PERFORM catch_up_calendar(c, p_ahead);
    outcome := 'created';
    document := connection_document(c);
    version := c.version;
    updated_at := c.updated_at;
END
$$;

-- Locks the row, compares the precondition with it, then sets the fields that p_changes names. Outcomes:
-- changed (also when nothing differs), not_found, known, or of check_preconditions.
--
-- p_password_sealed: the new one, or NULL. p_seen_version: of the connection whose name and password
-- were tried with the server, before this; NULL: nothing was tried. What was tried works, so trouble is
-- over: the lane goes on, and what lies ahead is planned.
CREATE OR REPLACE FUNCTION change_calendar_connection(
    p_id uuid, p_provider_id uuid, p_precondition jsonb, p_changes jsonb, p_password_sealed bytea,
    p_seen_version integer, p_ahead integer,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c calendar_connections;
    n calendar_connections;
BEGIN
    SELECT * INTO c FROM calendar_connections AS x
    WHERE x.id = p_id AND x.provider_id = p_provider_id AND x.deleted_at IS NULL FOR NO KEY UPDATE;
    outcome := CASE
        WHEN c.id IS NULL THEN 'not_found'
        ELSE coalesce(check_preconditions(p_precondition, c.version, c.updated_at, c.changed_before),
                      CASE WHEN c.version <> p_seen_version THEN 'version_conflict' END) END;
    IF outcome IS NULL THEN
        n := jsonb_populate_record(c, p_changes);
        outcome := CASE WHEN n.url <> c.url THEN
            connection_objection(p_provider_id, p_id, n.url, 1000000) END;
        IF outcome IS NOT NULL THEN
            RETURN;
        END IF;
        UPDATE calendar_connections AS x SET
            url = n.url, name = n.name, username = n.username, push = n.push, busy = n.busy,
            password_sealed = coalesce(p_password_sealed, x.password_sealed),
            sync_token = CASE WHEN n.url = c.url THEN x.sync_token END,
            next_sync_at = CASE WHEN p_seen_version IS NULL AND n.busy = c.busy
                THEN x.next_sync_at ELSE clock_timestamp() END,
            state = CASE WHEN p_seen_version IS NULL THEN x.state ELSE 'ok' END,
            reason = CASE WHEN p_seen_version IS NULL THEN x.reason END
        WHERE x.id = p_id
        RETURNING x.* INTO n;
        IF n.url <> c.url THEN
            -- What we put into the former calendar stays there, as something that nobody looks after.
            DELETE FROM calendar_objects AS o WHERE o.connection_id = p_id;
        END IF;
        IF p_seen_version IS NOT NULL OR n.push AND NOT c.push THEN
            PERFORM catch_up_calendar(n, p_ahead);
        END IF;
        IF p_seen_version IS NOT NULL THEN
            PERFORM reopen_calendar_lane(p_id);
        END IF;
        outcome := 'changed';
        c := n;
    END IF;
    document := connection_document(c);
    version := c.version;
    updated_at := c.updated_at;
END
$$;

-- What was wrong with the lane is forgotten, and what waits there goes now. One that an administrator
-- stopped stays so. A delivery that somebody has locked is left to its own time.
CREATE OR REPLACE FUNCTION reopen_calendar_lane(p_id uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
BEGIN
    UPDATE deliveries AS d SET due_at = clock_timestamp()
    WHERE d.id = ANY (ARRAY(
        SELECT w.id FROM deliveries AS w
        WHERE w.lane = 'caldav:' || p_id AND w.state = 'pending' AND w.due_at > clock_timestamp()
        ORDER BY w.due_at LIMIT 5000 FOR NO KEY UPDATE SKIP LOCKED));
    UPDATE lanes AS l SET
        state = CASE l.state WHEN 'needs_attention' THEN 'open' ELSE l.state END,
        failures = 0, pause_seconds = NULL, paused_until = NULL, is_probing = false, failing_since = NULL
    WHERE l.id = 'caldav:' || p_id;
END
$$;

-- Hides a connection. With p_removes what we put there is taken away afterwards, by deliveries, and the
-- password is kept until then; else it is forgotten now. Outcomes: deleted, not_found, or of
-- check_preconditions.
CREATE OR REPLACE FUNCTION delete_calendar_connection(
    p_id uuid, p_provider_id uuid, p_precondition jsonb, p_removes boolean, p_limit integer,
    OUT outcome text, OUT document json
)
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    c       calendar_connections;
    v_there uuid[];
BEGIN
    SELECT * INTO c FROM calendar_connections AS x
    WHERE x.id = p_id AND x.provider_id = p_provider_id AND x.deleted_at IS NULL FOR NO KEY UPDATE;
    outcome := CASE
        WHEN c.id IS NULL THEN 'not_found'
        ELSE check_preconditions(p_precondition, c.version, c.updated_at, c.changed_before) END;
    IF outcome IS NOT NULL THEN
        document := connection_document(c);
        RETURN;
    END IF;
    -- Also what is on its way there now, whose object nobody knows of yet.
    SELECT array_agg(w.appointment_id ORDER BY w.start_at DESC) INTO v_there FROM (
        SELECT x.appointment_id, max(x.start_at) AS start_at FROM (
            SELECT o.appointment_id, o.start_at FROM calendar_objects AS o WHERE o.connection_id = p_id
            UNION ALL
            SELECT d.appointment_id, clock_timestamp() FROM deliveries AS d
            WHERE d.lane = 'caldav:' || p_id AND d.state IN ('sending', 'uncertain')
        ) AS x
        GROUP BY x.appointment_id ORDER BY 2 DESC LIMIT p_limit
    ) AS w;
    p_removes := p_removes AND v_there IS NOT NULL;
    UPDATE calendar_connections SET
        deleted_at = clock_timestamp(), removes_events = p_removes, state = 'ok', reason = NULL,
        password_sealed = CASE WHEN p_removes THEN password_sealed ELSE '' END
    WHERE id = p_id;
    IF p_removes THEN
        INSERT INTO deliveries (id, channel, purpose, lane, connection_id, appointment_id, due_at,
                                expires_at)
        SELECT new_uuid_v7(), 'caldav', 'event', 'caldav:' || p_id, p_id, w.id, clock_timestamp(),
               delivery_expiry('caldav', 'event', clock_timestamp(), NULL)
        FROM unnest(v_there) WITH ORDINALITY AS w (id, number)
        ORDER BY w.number;
        PERFORM reopen_calendar_lane(p_id);
    ELSE
        DELETE FROM calendar_objects AS o WHERE o.connection_id = p_id;
    END IF;
    outcome := 'deleted';
END
$$;

-- Asks for a sync, now: the import of busy times, and a look at what lies ahead. Outcomes: requested,
-- not_found.
CREATE OR REPLACE FUNCTION request_calendar_sync(
    p_id uuid, p_provider_id uuid, p_ahead integer,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c calendar_connections;
BEGIN
    UPDATE calendar_connections AS x
    SET sync_requested_at = clock_timestamp(), next_sync_at = least(x.next_sync_at, clock_timestamp())
    WHERE x.id = p_id AND x.provider_id = p_provider_id AND x.deleted_at IS NULL
    RETURNING x.* INTO c;
    IF NOT FOUND THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    PERFORM catch_up_calendar(c, p_ahead);
    outcome := 'requested';
    document := connection_document(c);
    version := c.version;
    updated_at := c.updated_at;
END
$$;
