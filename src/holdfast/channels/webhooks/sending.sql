-- What a webhook's request is made of, and what its endpoint's answers mean (docs/webhooks.md).

-- What the requests of these deliveries are made of: where to, with which secrets, about which event.
-- `type` is NULL for an event that is gone from the log. `previous_dead`: the position of the delivery
-- right before in this lane and of this appointment, if it was never delivered.
CREATE OR REPLACE FUNCTION load_webhooks(p_ids uuid[]) RETURNS TABLE (
    id uuid, url text, secret_sealed bytea, previous_secret_sealed bytea, topic text, key uuid,
    type text, at timestamptz, payload jsonb, timezone text, previous_dead bigint
)
LANGUAGE sql STABLE SET enable_seqscan = off SET jit = off AS $$
    SELECT d.id, w.url, w.secret_sealed,
           CASE WHEN w.previous_until > clock_timestamp() THEN w.previous_secret_sealed END,
           o.topic, o.key, webhook_type(o.type), o.at, o.payload,
           CASE WHEN o.topic = 'availability'
               THEN (SELECT p.timezone FROM providers AS p WHERE p.id = o.key) END,
           CASE WHEN before.state IN ('dead', 'expired') THEN before.position END
    FROM deliveries AS d
    JOIN webhook_endpoints AS w ON w.id = d.endpoint_id
    LEFT JOIN outbox AS o ON o.position = d.position
    LEFT JOIN LATERAL (
        SELECT e.state, e.position FROM deliveries AS e
        WHERE e.appointment_id = d.appointment_id AND e.number < d.number AND e.lane = d.lane
        ORDER BY e.number DESC LIMIT 1
    ) AS before ON d.appointment_id IS NOT NULL
    WHERE d.id = ANY (p_ids)
$$;

-- An endpoint that says so (`gone`), or that has failed at every try for five days (`failing`), is
-- disabled, and the administrators are told. Called after a try that failed; whether it did anything.
--
-- Locks the endpoint, then its lane. A success that is settled at the same moment comes before the
-- lane's lock, and counts, or after it.
CREATE OR REPLACE FUNCTION give_up_webhook_endpoint(p_id uuid, p_reason text, p_sends_mail boolean)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    w webhook_endpoints;
    l lanes;
BEGIN
    IF p_reason = 'failing' AND NOT EXISTS (
        SELECT FROM lanes AS x WHERE x.id = 'webhook:' || p_id
          AND x.failing_since <= clock_timestamp() - interval '5 days'
    ) THEN
        RETURN false;
    END IF;
    SELECT * INTO w FROM webhook_endpoints AS x WHERE x.id = p_id FOR NO KEY UPDATE;
    SELECT * INTO l FROM lanes AS x WHERE x.id = 'webhook:' || p_id FOR NO KEY UPDATE;
    IF w.state <> 'enabled' OR w.deleted_at IS NOT NULL
        OR p_reason = 'failing'
            AND coalesce(l.failing_since > clock_timestamp() - interval '5 days', true) THEN
        RETURN false;
    END IF;
    UPDATE webhook_endpoints AS x SET state = 'disabled', disabled_reason = p_reason
    WHERE x.id = p_id RETURNING x.* INTO w;
    PERFORM reopen_webhook_lane(p_id);
    INSERT INTO deliveries (id, channel, purpose, state, reason, settled_at, lane, user_id, endpoint_id,
                            dedupe_key, due_at, expires_at)
    SELECT new_uuid_v7(), 'email', 'endpoint_disabled',
           CASE WHEN p_sends_mail THEN 'pending' ELSE 'suppressed' END,
           CASE WHEN NOT p_sends_mail THEN 'not_configured' END,
           CASE WHEN NOT p_sends_mail THEN clock_timestamp() END,
           ensure_lane('smtp', 'email'), u.id, w.id,
           'endpoint_disabled:' || w.id || ':' || w.version || ':' || u.id, clock_timestamp(),
           delivery_expiry('email', 'endpoint_disabled', clock_timestamp(), NULL)
    FROM users AS u WHERE u.role = 'admin' AND u.is_active;
    RETURN true;
END
$$;

-- Counts the tries of webhooks by endpoint and day, in the transaction that writes them. Endpoints in
-- order, so that two workers that settle do not wait for each other in a circle.
CREATE OR REPLACE FUNCTION count_webhook_tries() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhook_days AS n (endpoint_id, day, sent, failed)
    SELECT d.endpoint_id, (t.ended_at AT TIME ZONE 'UTC')::date,
           count(*) FILTER (WHERE t.outcome = 'sent'), count(*) FILTER (WHERE t.outcome <> 'sent')
    FROM tried AS t JOIN deliveries AS d ON d.id = t.delivery_id
    WHERE d.channel = 'webhook' AND d.endpoint_id IS NOT NULL
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (endpoint_id, day) DO UPDATE
    SET sent = n.sent + excluded.sent, failed = n.failed + excluded.failed;
    RETURN NULL;
END
$$;
