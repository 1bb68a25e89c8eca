-- Reading calendars: who reads, and what was read. Lock order: the provider's calendar, the connection's
-- row, the import's row, then the mark.

-- Connections whose busy times are to be read now, at most p_limit, each for one reader: the lease. The
-- next read is due p_interval later. Locks rows of connections, passing over what is locked.
CREATE OR REPLACE FUNCTION claim_busy_reads(
    p_lease uuid, p_lease_seconds double precision, p_interval_seconds double precision, p_limit integer
) RETURNS TABLE (
    connection_id uuid, provider_id uuid, url text, username text, password_sealed bytea, sync_token text,
    timezone text, former_timezone text, read_at timestamptz, read_until timestamptz, addresses text[],
    now timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := clock_timestamp();
    v_ids uuid[];
BEGIN
    v_ids := ARRAY(
        SELECT c.id FROM calendar_connections AS c
        WHERE c.busy AND c.deleted_at IS NULL AND c.next_sync_at <= v_now
          AND NOT EXISTS (SELECT FROM busy_imports AS i
                          WHERE i.connection_id = c.id AND i.lease_until > v_now)
        ORDER BY c.next_sync_at LIMIT p_limit FOR NO KEY UPDATE OF c SKIP LOCKED);
    UPDATE calendar_connections AS c
    SET next_sync_at = v_now + make_interval(secs => p_interval_seconds * (0.9 + random() * 0.2)),
        sync_requested_at = NULL
    WHERE c.id = ANY (v_ids);
    -- Of one that needs attention nothing is read until somebody gives it.
    v_ids := ARRAY(
        SELECT c.id FROM calendar_connections AS c JOIN providers AS p ON p.id = c.provider_id
        WHERE c.id = ANY (v_ids) AND c.state = 'ok' AND p.deleted_at IS NULL);
    INSERT INTO busy_imports AS i (connection_id, lease, lease_until)
    SELECT u.id, p_lease, v_now + make_interval(secs => p_lease_seconds) FROM unnest(v_ids) AS u (id)
    ORDER BY u.id
    ON CONFLICT (connection_id) DO UPDATE
    SET lease = excluded.lease, lease_until = excluded.lease_until;
    RETURN QUERY
        SELECT c.id, c.provider_id, c.url, c.username, c.password_sealed, c.sync_token, p.timezone,
               i.timezone, i.read_at, i.read_until,
               ARRAY(SELECT u.email FROM users AS u
                     WHERE u.provider_id = c.provider_id AND u.is_active ORDER BY u.id LIMIT 100),
               v_now
        FROM calendar_connections AS c
        JOIN providers AS p ON p.id = c.provider_id
        JOIN busy_imports AS i ON i.connection_id = c.id
        WHERE c.id = ANY (v_ids);
END
$$;

-- Takes over what was read. Of the objects that were read (p_seen) the busy times are those given, each
-- by its object, start and end (seconds since 1970). What is there but could not be read (p_unreadable)
-- stays as it was known. Of a full read whatever else is known is gone, otherwise p_gone is.
--
-- A full read that finds nothing at all, where something was known, changes nothing the first time.
-- Outcomes: unchanged, changed, doubted, lost (the connection or the lease has ended, or it is of
-- another calendar than p_url now).
CREATE OR REPLACE FUNCTION put_busy_times(
    p_connection_id uuid, p_url text, p_lease uuid, p_is_full boolean,
    p_seen uuid[], p_unreadable uuid[], p_gone uuid[],
    p_objects uuid[], p_starts bigint[], p_ends bigint[],
    p_token text, p_timezone text, p_read_until timestamptz, p_limit integer, p_doubt_seconds double precision,
    OUT outcome text
)
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off AS $$
DECLARE
    v_provider_id uuid;
    v_is_ours     boolean;
    v_import      busy_imports;
    v_changed     integer;
    v_added       integer;
BEGIN
    SELECT c.provider_id INTO v_provider_id FROM calendar_connections AS c WHERE c.id = p_connection_id;
    PERFORM lock_provider_calendar(v_provider_id);
    PERFORM FROM calendar_connections AS c
    WHERE c.id = p_connection_id AND c.url = p_url AND c.busy AND c.deleted_at IS NULL
    FOR NO KEY UPDATE;
    v_is_ours := FOUND;
    SELECT i.* INTO v_import FROM busy_imports AS i
    WHERE i.connection_id = p_connection_id AND i.lease = p_lease FOR NO KEY UPDATE;
    IF v_import.connection_id IS NULL OR NOT v_is_ours THEN
        UPDATE busy_imports AS i SET lease = NULL, lease_until = NULL
        WHERE i.connection_id = p_connection_id AND i.lease = p_lease;
        outcome := 'lost';
        RETURN;
    END IF;
    IF p_is_full AND p_seen = '{}' AND p_unreadable = '{}' AND v_import.emptied_at IS NULL
       AND EXISTS (SELECT FROM busy_times AS b WHERE b.connection_id = p_connection_id)
    THEN
        UPDATE busy_imports AS i SET emptied_at = clock_timestamp(), lease = NULL, lease_until = NULL
        WHERE i.connection_id = p_connection_id;
        UPDATE calendar_connections AS c
        SET next_sync_at = clock_timestamp() + make_interval(secs => p_doubt_seconds)
        WHERE c.id = p_connection_id;
        outcome := 'doubted';
        RETURN;
    END IF;
    DELETE FROM busy_times AS b
    WHERE b.connection_id = p_connection_id
      AND CASE WHEN p_is_full THEN NOT b.object_id = ANY (p_unreadable)
               ELSE b.object_id = ANY (p_seen || p_gone) END
      AND NOT EXISTS (
        SELECT FROM unnest(p_objects, p_starts, p_ends) AS n (object_id, starts, ends)
        WHERE n.object_id = b.object_id
          AND tstzrange(to_timestamp(n.starts), to_timestamp(n.ends)) = b.during);
    GET DIAGNOSTICS v_changed = ROW_COUNT;
    INSERT INTO busy_times (connection_id, object_id, provider_id, during)
    SELECT p_connection_id, n.object_id, v_provider_id,
           tstzrange(to_timestamp(n.starts), to_timestamp(n.ends))
    FROM unnest(p_objects, p_starts, p_ends) AS n (object_id, starts, ends)
    LEFT JOIN busy_times AS b ON b.connection_id = p_connection_id AND b.object_id = n.object_id
        AND b.during = tstzrange(to_timestamp(n.starts), to_timestamp(n.ends))
    WHERE b.object_id IS NULL
    ORDER BY n.starts
    LIMIT greatest(0, p_limit - (
        SELECT count(*) FROM busy_times AS k WHERE k.connection_id = p_connection_id));
    GET DIAGNOSTICS v_added = ROW_COUNT;
    v_changed := v_changed + v_added;
    IF v_changed > 0 THEN
        PERFORM mark_busy_times(v_provider_id);
    END IF;
    UPDATE busy_imports AS i
    SET lease = NULL, lease_until = NULL, emptied_at = NULL, timezone = p_timezone,
        read_at = CASE WHEN p_is_full THEN clock_timestamp() ELSE i.read_at END,
        read_until = p_read_until, unreadable = cardinality(p_unreadable)
    WHERE i.connection_id = p_connection_id;
    UPDATE calendar_connections AS c SET sync_token = p_token, last_synced_at = clock_timestamp()
    WHERE c.id = p_connection_id;
    outcome := CASE WHEN v_changed > 0 THEN 'changed' ELSE 'unchanged' END;
END
$$;

-- Remembers that a provider's slots have to follow its busy times.
CREATE OR REPLACE FUNCTION mark_busy_times(p_provider_id uuid) RETURNS void
LANGUAGE sql VOLATILE AS $$
    INSERT INTO busy_marks (provider_id) VALUES (p_provider_id)
    ON CONFLICT (provider_id) DO UPDATE SET due_at = clock_timestamp()
$$;

-- A connection that is removed, or reads no busy times any more, makes nobody busy.
CREATE OR REPLACE FUNCTION drop_busy_times() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM busy_times AS b WHERE b.connection_id = NEW.id;
    IF FOUND THEN
        PERFORM mark_busy_times(NEW.provider_id);
    END IF;
    DELETE FROM busy_imports AS i WHERE i.connection_id = NEW.id;
    RETURN NULL;
END
$$;

-- Lets a connection be read as soon as a worker comes by, once for each message.
CREATE OR REPLACE FUNCTION hint_calendar_sync(p_message_id text, p_connection_id uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO received_webhooks (source, id) VALUES ('calendar', p_message_id) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE calendar_connections AS c
    SET sync_requested_at = clock_timestamp(), next_sync_at = least(c.next_sync_at, clock_timestamp())
    WHERE c.id = p_connection_id AND c.busy AND c.deleted_at IS NULL;
    RETURN true;
END
$$;
