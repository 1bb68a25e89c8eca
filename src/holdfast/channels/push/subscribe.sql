-- A browser that wants messages (docs/concurrency.md, "Push subscriptions").

-- Adds a subscription, or takes new keys for one that is there; the oldest ones beyond p_limit go.
-- Locks the user's row, so that two browsers of one person are counted one after the other.
-- A browser has one subscription: whoever signs in there next takes it over.
-- Outcomes: subscribed, not_found.
CREATE OR REPLACE FUNCTION subscribe_to_push(
    p_user_id uuid, p_id uuid, p_endpoint text, p_p256dh text, p_auth_sealed bytea, p_user_agent text,
    p_limit integer,
    OUT outcome text, OUT created_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM FROM users AS u WHERE u.id = p_user_id AND u.is_active FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    INSERT INTO push_subscriptions AS s (id, user_id, endpoint, p256dh, auth_sealed, user_agent, created_at)
    VALUES (p_id, p_user_id, p_endpoint, p_p256dh, p_auth_sealed, p_user_agent, clock_timestamp())
    ON CONFLICT (endpoint) DO UPDATE SET
        id = excluded.id, user_id = excluded.user_id, p256dh = excluded.p256dh,
        auth_sealed = excluded.auth_sealed, user_agent = excluded.user_agent,
        created_at = CASE WHEN s.user_id = excluded.user_id THEN s.created_at
                          ELSE excluded.created_at END
    RETURNING s.created_at INTO created_at;
    -- One that somebody else is just taking over is no longer this person's.
    DELETE FROM push_subscriptions AS s
    WHERE s.id = ANY (ARRAY(
        SELECT x.id FROM push_subscriptions AS x
        WHERE x.user_id = p_user_id AND x.id <> p_id
        ORDER BY x.created_at DESC, x.id DESC OFFSET p_limit - 1
        FOR UPDATE SKIP LOCKED));
    outcome := 'subscribed';
END
$$;
