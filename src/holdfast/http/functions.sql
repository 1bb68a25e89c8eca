-- Idempotency and throttling: mechanisms that every process shares through the database.

-- Claims a key for this transaction, or says what became of it (SPEC 4.8). The try-lock answers at
-- once where an INSERT would wait for the other transaction; it ends with the transaction, so a
-- key is never stuck after a crash.
-- Outcomes: fresh, replay, reused, in_flight.
CREATE OR REPLACE FUNCTION begin_idempotent(
    p_user_id uuid, p_key text, p_fingerprint bytea,
    OUT outcome text, OUT status smallint, OUT headers jsonb, OUT body bytea, OUT is_sealed boolean
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_record idempotency_records;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended(p_user_id::text || ' ' || p_key, 20002)) THEN
        outcome := 'in_flight';
        RETURN;
    END IF;
    SELECT * INTO v_record FROM idempotency_records AS r
    WHERE r.user_id = p_user_id AND r.key = p_key;
    IF v_record.key IS NULL THEN
        outcome := 'fresh';
    ELSIF v_record.expires_at <= clock_timestamp() THEN
        DELETE FROM idempotency_records AS r WHERE r.user_id = p_user_id AND r.key = p_key;
        outcome := 'fresh';
    ELSIF v_record.fingerprint <> p_fingerprint THEN
        outcome := 'reused';
    ELSE
        outcome := 'replay';
        status := v_record.status;
        headers := v_record.headers;
        body := v_record.body;
        is_sealed := v_record.is_sealed;
    END IF;
END
$$;

-- Stores the first answer; the key's lock is held, so nobody else inserts it. An answer that is not
-- sealed (http/idempotency.py) holds no secret.
CREATE OR REPLACE FUNCTION record_answer(
    p_user_id uuid, p_key text, p_fingerprint bytea, p_status smallint, p_headers jsonb,
    p_body bytea, p_ttl_seconds integer, p_is_sealed boolean
) RETURNS void
LANGUAGE sql VOLATILE AS $$
    INSERT INTO idempotency_records
        (user_id, key, fingerprint, status, headers, body, is_sealed, expires_at)
    VALUES (p_user_id, p_key, p_fingerprint, p_status, p_headers, p_body, p_is_sealed,
            clock_timestamp() + make_interval(secs => p_ttl_seconds))
$$;

-- The headers that say which version of a resource this is, as http/preconditions.py makes them.
CREATE OR REPLACE FUNCTION version_headers(p_version integer, p_updated_at timestamptz)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object(
        'ETag', '"' || p_version || '"',
        'Last-Modified',
        to_char(p_updated_at AT TIME ZONE 'UTC', 'Dy, DD Mon YYYY HH24:MI:SS "GMT"'))
$$;

-- Counts a hit in the key's fixed window and says how it stands.
CREATE OR REPLACE FUNCTION count_hit(
    p_key text, p_window_seconds integer,
    OUT hits integer, OUT reset_seconds integer
)
LANGUAGE sql VOLATILE AS $$
    INSERT INTO throttle_windows AS w (key, hits, expires_at)
    VALUES (p_key, 1, clock_timestamp() + make_interval(secs => p_window_seconds))
    ON CONFLICT (key) DO UPDATE SET
        hits = CASE WHEN w.expires_at <= clock_timestamp() THEN 1
                    ELSE least(w.hits + 1, 1000000) END,
        expires_at = CASE WHEN w.expires_at <= clock_timestamp() THEN excluded.expires_at
                          ELSE w.expires_at END
    RETURNING hits, greatest(1, ceil(extract(epoch FROM expires_at - clock_timestamp())))::integer
$$;

-- Compares what a caller knows (http/preconditions.py) with the row that it holds locked.
-- RFC 9110 §13.2.2: If-Match first; If-Unmodified-Since only without it; then If-None-Match.
-- A date has whole seconds: when the row changed twice within the one given, the older
-- state is not told apart from the newer, so it does not count as unmodified (§8.8.2.2).
-- Returns NULL when the change may go on, else precondition_required, precondition_failed or
-- version_conflict.
CREATE OR REPLACE FUNCTION check_preconditions(
    p jsonb, p_version integer, p_updated_at timestamptz,
    p_changed_before timestamptz DEFAULT NULL
) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p ->> 'ifMatch' IS NOT NULL
             AND NOT (p -> 'ifMatch' ? '*' OR p -> 'ifMatch' ? p_version::text)
            THEN 'precondition_failed'
        WHEN p ->> 'ifMatch' IS NULL AND p ->> 'ifUnmodifiedSince' IS NOT NULL
             AND (date_trunc('second', p_updated_at) > (p ->> 'ifUnmodifiedSince')::timestamptz
                  OR date_trunc('second', p_changed_before)
                     = (p ->> 'ifUnmodifiedSince')::timestamptz)
            THEN 'precondition_failed'
        WHEN p ->> 'ifNoneMatch' IS NOT NULL
             AND (p -> 'ifNoneMatch' ? '*' OR p -> 'ifNoneMatch' ? p_version::text)
            THEN 'precondition_failed'
        WHEN (p ->> 'version')::integer <> p_version
            THEN 'version_conflict'
        WHEN (p ->> 'required')::boolean AND p ->> 'ifMatch' IS NULL
             AND p ->> 'ifUnmodifiedSince' IS NULL AND p ->> 'version' IS NULL
            THEN 'precondition_required'
    END
$$;
