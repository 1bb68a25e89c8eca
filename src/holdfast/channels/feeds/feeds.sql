-- Calendar feeds (docs/feeds.md).

-- Adds a feed of the actor's own appointments, or of a provider's.
-- Locks the user's row, so that p_limit feeds are so many.
-- Outcomes: created, not_found (the provider), forbidden (front desk and clients, of a provider), too_many.
CREATE OR REPLACE FUNCTION create_calendar_feed(
    p_actor jsonb, p_id uuid, p_provider_id uuid, p_detail text, p_secret_hash bytea, p_limit integer,
    OUT outcome text
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_user users;
BEGIN
    SELECT * INTO v_user FROM users AS u WHERE u.id = (p_actor ->> 'id')::uuid FOR NO KEY UPDATE;
    outcome := CASE
        WHEN p_provider_id IS NULL THEN NULL
        WHEN v_user.role <> 'admin' AND v_user.provider_id IS NULL THEN 'forbidden'
        WHEN NOT feed_is_allowed(v_user, p_provider_id) OR NOT EXISTS (
            SELECT FROM providers AS p WHERE p.id = p_provider_id AND p.deleted_at IS NULL
        ) THEN 'not_found' END;
    IF outcome IS NULL
        AND (SELECT count(*) FROM calendar_feeds AS f WHERE f.user_id = v_user.id) >= p_limit THEN
        outcome := 'too_many';
    END IF;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO calendar_feeds (id, user_id, provider_id, detail, secret_hash)
    VALUES (p_id, v_user.id, p_provider_id, p_detail, p_secret_hash);
    outcome := 'created';
END
$$;

-- Whether a person may have a feed of these appointments; asked again at each read.
CREATE OR REPLACE FUNCTION feed_is_allowed(u users, p_provider_id uuid) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT u.is_active AND (
        p_provider_id IS NULL OR u.role = 'admin' OR coalesce(u.provider_id = p_provider_id, false))
$$;

CREATE OR REPLACE FUNCTION feed_document(f calendar_feeds) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_build_object('id', f.id, 'providerId', f.provider_id, 'detail', f.detail,
                             'createdAt', wire_time(f.created_at))
$$;

-- How many changes of its appointments have been committed: those on their channel, which counts them,
-- and those that wait in the outbox to get there, both in the snapshot of the calling statement. The relay
-- takes one from the outbox and counts it in one transaction, so the sum rises with a commit only, and
-- with each (docs/feeds.md). NULL: so many wait that nobody shall count them.
-- Never by a scan, as availability_state().
CREATE OR REPLACE FUNCTION feed_version(f calendar_feeds) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SET enable_seqscan = off AS $$
DECLARE
    c_most    constant integer := 1000;
    v_channel text := coalesce('provider.' || f.provider_id, 'user.' || f.user_id) || '.bookings';
    v_waiting integer;
    v_ours    integer;
BEGIN
    SELECT count(*), count(*) FILTER (WHERE EXISTS (
        SELECT FROM event_channels(w.topic, w.key, w.payload) AS c WHERE c = v_channel))
    INTO v_waiting, v_ours
    FROM (
        SELECT o.topic, o.key, o.payload FROM outbox AS o
        WHERE o.position IS NULL ORDER BY o.id LIMIT c_most + 1
    ) AS w;
    IF v_waiting > c_most THEN
        RETURN NULL;
    END IF;
    RETURN v_ours + coalesce((SELECT h.sequence FROM channels AS h WHERE h.name = v_channel), 0);
END
$$;

-- The appointments that a feed shows, by their start: at most p_limit that touch the time between p_from and
-- p_to; cancelled and deleted ones while their last change is not older than p_from. Of requests, which
-- take nobody's time yet, a `busy` one says nothing.
CREATE OR REPLACE FUNCTION feed_appointments(
    f calendar_feeds, p_from timestamptz, p_to timestamptz, p_limit integer
) RETURNS SETOF appointments
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 200 AS $$
BEGIN
    IF f.provider_id IS NULL THEN
        RETURN QUERY
        SELECT a.* FROM appointments AS a
        WHERE a.user_id = f.user_id
          AND a.start_at > p_from - interval '1 day' AND a.start_at < p_to AND a.end_at > p_from
          AND (a.status <> 'cancelled' AND a.deleted_at IS NULL OR a.updated_at >= p_from)
          AND (f.detail = 'full' OR a.status <> 'requested')
        ORDER BY a.start_at, a.id LIMIT p_limit;
    ELSE
        RETURN QUERY
        SELECT a.* FROM appointments AS a
        WHERE a.provider_id = f.provider_id
          AND a.start_at > p_from - interval '1 day' AND a.start_at < p_to AND a.end_at > p_from
          AND (a.status <> 'cancelled' AND a.deleted_at IS NULL OR a.updated_at >= p_from)
          AND (f.detail = 'full' OR a.status <> 'requested')
        ORDER BY a.start_at, a.id LIMIT p_limit;
    END IF;
END
$$;

-- Counts a change of a name or place. Deferred to the end of the transaction, so that this lock is its
-- last one, and once for each transaction.
CREATE OR REPLACE FUNCTION count_shown_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE shown_names SET changes = changes + 1 WHERE xmin <> pg_current_xact_id()::xid;
    RETURN NULL;
END
$$;
