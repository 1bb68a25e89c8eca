-- What an object in a calendar says, and what the server's answers mean (docs/calendars.md, "Push").

-- What these deliveries are to bring about, as of now. is_wanted: the appointment is to be in the
-- calendar. The columns that begin with `known_` say what we have put there; NULL: nothing.
CREATE OR REPLACE FUNCTION load_calendar_pushes(p_ids uuid[]) RETURNS TABLE (
    id uuid, url text, username text, password_sealed bytea, is_removed boolean, is_wanted boolean,
    is_over boolean, appointment_id uuid, version integer, sequence integer, start_at timestamptz,
    end_at timestamptz, timezone text, created_at timestamptz, updated_at timestamptz,
    service_title text, client_name text, facility_name text, facility_address text,
    known_href text, known_etag text, known_version integer, known_hash bytea,
    known_start_at timestamptz, known_end_at timestamptz, known_has_theirs boolean, known_removed boolean
)
LANGUAGE sql STABLE SET enable_seqscan = off SET jit = off AS $$
    SELECT d.id, c.url, c.username, c.password_sealed, c.deleted_at IS NOT NULL,
           c.deleted_at IS NULL AND a.deleted_at IS NULL AND a.provider_id = c.provider_id
               AND a.status IN ('confirmed', 'completed', 'no_show'),
           a.end_at <= clock_timestamp(), a.id, a.version, calendar_sequence(a.id, a.version),
           a.start_at, a.end_at, coalesce(f.timezone, p.timezone), a.created_at, a.updated_at,
           s.title, u.name, f.name, f.address,
           o.href, o.etag, o.version, o.content_hash, o.start_at, o.end_at,
           o.has_theirs, o.removed_there_at IS NOT NULL
    FROM deliveries AS d
    JOIN calendar_connections AS c ON c.id = d.connection_id
    JOIN appointments AS a ON a.id = d.appointment_id
    JOIN providers AS p ON p.id = a.provider_id
    JOIN services AS s ON s.id = a.service_id
    JOIN users AS u ON u.id = a.user_id
    LEFT JOIN facilities AS f ON f.id = a.facility_id
    LEFT JOIN calendar_objects AS o ON o.connection_id = c.id AND o.appointment_id = a.id
    WHERE d.id = ANY (p_ids)
$$;

-- Whether a connection has something done for it: it pushes, or was removed and takes its events away.
CREATE OR REPLACE FUNCTION connection_is_pushing(p_id uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM calendar_connections AS c
        WHERE c.id = p_id AND (c.removes_events OR c.push AND c.deleted_at IS NULL))
$$;

-- Remembers what is in the calendar now. p_url: of the calendar that was written to; a connection that
-- leads to another one meanwhile knows nothing of it.
CREATE OR REPLACE FUNCTION note_calendar_object(
    p_connection_id uuid, p_url text, p_appointment_id uuid, p_href text, p_etag text,
    p_sequence integer, p_version integer, p_content_hash bytea, p_start_at timestamptz,
    p_end_at timestamptz, p_has_theirs boolean
) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM FROM calendar_connections AS c
    WHERE c.id = p_connection_id AND c.url = p_url AND (c.deleted_at IS NULL OR c.removes_events)
    FOR SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO calendar_objects AS o (connection_id, appointment_id, href, etag, sequence, version,
                                       content_hash, start_at, end_at, has_theirs)
    VALUES (p_connection_id, p_appointment_id, p_href, p_etag, p_sequence, p_version, p_content_hash,
            p_start_at, p_end_at, p_has_theirs)
    ON CONFLICT (connection_id, appointment_id) DO UPDATE SET
        href = excluded.href, etag = excluded.etag, sequence = excluded.sequence,
        version = excluded.version, content_hash = excluded.content_hash,
        start_at = excluded.start_at, end_at = excluded.end_at,
        has_theirs = excluded.has_theirs, removed_there_at = NULL,
        pushed_at = clock_timestamp();
    RETURN true;
END
$$;

-- Forgets an object that was taken away. Of a removed connection the last one ends it: its password is
-- forgotten, too.
CREATE OR REPLACE FUNCTION forget_calendar_object(p_connection_id uuid, p_url text, p_appointment_id uuid)
RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c calendar_connections;
BEGIN
    SELECT * INTO c FROM calendar_connections AS x WHERE x.id = p_connection_id FOR NO KEY UPDATE;
    IF c.url IS DISTINCT FROM p_url THEN
        RETURN false;
    END IF;
    DELETE FROM calendar_objects AS o
    WHERE o.connection_id = p_connection_id AND o.appointment_id = p_appointment_id;
    IF c.removes_events AND NOT EXISTS (
        SELECT FROM calendar_objects AS o WHERE o.connection_id = p_connection_id
    ) THEN
        UPDATE calendar_connections SET removes_events = false, password_sealed = ''
        WHERE id = p_connection_id;
    END IF;
    RETURN true;
END
$$;

-- Of a connection that busy times are read from: objects of ours that somebody has removed there. They
-- come back when their appointments next change.
CREATE OR REPLACE FUNCTION note_calendar_objects_removed(p_connection_id uuid, p_hrefs text[])
RETURNS integer
LANGUAGE sql VOLATILE SET enable_seqscan = off SET jit = off AS $$
    WITH noted AS (
        UPDATE calendar_objects AS o SET removed_there_at = clock_timestamp()
        WHERE o.connection_id = p_connection_id AND o.href = ANY (p_hrefs)
          AND o.removed_there_at IS NULL
        RETURNING 1
    )
    SELECT count(*)::integer FROM noted
$$;

-- Notices by mail to the users of a connection's provider, once for each key; of a provider without any,
-- administrators hear of trouble. NULL p_appointment_id: about the connection itself.
CREATE OR REPLACE FUNCTION insert_calendar_notices(
    c calendar_connections, p_purpose text, p_appointment_id uuid, p_key text, p_sends_mail boolean
) RETURNS void
LANGUAGE sql VOLATILE AS $$
    INSERT INTO deliveries (id, channel, purpose, state, reason, settled_at, lane, user_id, connection_id,
                            appointment_id, start_at, dedupe_key, due_at, expires_at)
    SELECT new_uuid_v7(), 'email', p_purpose,
           CASE WHEN p_sends_mail THEN 'pending' ELSE 'suppressed' END,
           CASE WHEN NOT p_sends_mail THEN 'not_configured' END,
           CASE WHEN NOT p_sends_mail THEN clock_timestamp() END,
           ensure_lane('smtp', 'email'), u.id, c.id, p_appointment_id, a.start_at,
           p_purpose || ':' || c.id || ':' || p_key || ':' || u.id, clock_timestamp(),
           delivery_expiry('email', p_purpose, clock_timestamp(), NULL)
    FROM users AS u LEFT JOIN appointments AS a ON a.id = p_appointment_id
    WHERE u.is_active AND (u.provider_id = c.provider_id
        OR p_purpose = 'calendar_trouble' AND u.role = 'admin' AND NOT EXISTS (
            SELECT FROM users AS x WHERE x.provider_id = c.provider_id AND x.is_active))
    ON CONFLICT (dedupe_key) DO NOTHING
$$;

-- An appointment was moved in the calendar; here it stays where it is, and the provider's users hear of
-- it, once for each place it was moved to. p_there: when it begins there, as the calendar writes it.
CREATE OR REPLACE FUNCTION note_calendar_conflict(
    p_connection_id uuid, p_appointment_id uuid, p_there text, p_sends_mail boolean
) RETURNS void
LANGUAGE sql VOLATILE AS $$
    SELECT insert_calendar_notices(c, 'calendar_conflict', p_appointment_id,
                                   p_appointment_id || ':' || p_there, p_sends_mail)
    FROM calendar_connections AS c WHERE c.id = p_connection_id AND c.deleted_at IS NULL
$$;

-- The server refuses the connection's name and password, or has no such calendar: nothing more is tried
-- until somebody sets it right, and the provider's users are told, once. Whether they were.
--
-- p_password_sealed, p_url: what was tried. If they were replaced meanwhile, it says nothing any more.
-- Locks the connection, then its lane.
CREATE OR REPLACE FUNCTION note_calendar_trouble(
    p_id uuid, p_url text, p_password_sealed bytea, p_reason text, p_sends_mail boolean
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    c calendar_connections;
BEGIN
    SELECT * INTO c FROM calendar_connections AS x
    WHERE x.id = p_id AND x.deleted_at IS NULL FOR NO KEY UPDATE;
    IF c.id IS NULL OR c.url <> p_url OR c.password_sealed <> p_password_sealed THEN
        RETURN false;
    END IF;
    UPDATE lanes AS l SET state = 'needs_attention' WHERE l.id = 'caldav:' || p_id AND l.state = 'open';
    IF c.state <> 'ok' THEN
        RETURN false;
    END IF;
    UPDATE calendar_connections AS x SET state = 'needs_attention', reason = p_reason
    WHERE x.id = p_id RETURNING x.* INTO c;
    PERFORM insert_calendar_notices(c, 'calendar_trouble', NULL, new_uuid_v7()::text, p_sends_mail);
    RETURN true;
END
$$;
