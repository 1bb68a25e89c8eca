-- A test of an endpoint: one try, at once, by the process that was asked (docs/webhooks.md).

-- A delivery that is on its way already, so that no worker takes it: should this process die, its lease
-- ends and a worker sends it again. NULL: there is no such endpoint.
CREATE OR REPLACE FUNCTION begin_webhook_trial(
    p_endpoint_id uuid, p_type text, p_worker uuid, p_lease_seconds double precision
) RETURNS SETOF deliveries
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_id uuid := new_uuid_v7();
BEGIN
    INSERT INTO deliveries (id, channel, purpose, lane, endpoint_id, event_type, due_at, expires_at)
    SELECT v_id, 'webhook', 'test', ensure_lane('webhook:' || w.id, 'webhook'), w.id, p_type,
           clock_timestamp(), delivery_expiry('webhook', 'test', clock_timestamp(), NULL)
    FROM webhook_endpoints AS w WHERE w.id = p_endpoint_id AND w.deleted_at IS NULL;
    RETURN QUERY
    UPDATE deliveries AS d SET
        state = 'sending', worker = p_worker, claimed_at = clock_timestamp(),
        lease_until = clock_timestamp() + make_interval(secs => p_lease_seconds),
        handed_over_at = clock_timestamp()
    WHERE d.id = v_id
    RETURNING d.*;
END
$$;
