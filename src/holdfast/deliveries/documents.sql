-- Deliveries and lanes as the API shows them (SPEC-deliveries §1).

CREATE OR REPLACE FUNCTION delivery_states() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '{pending,sending,uncertain,sent,delivered,bounced,dead,superseded,expired,suppressed}'::text[]
$$;
CREATE OR REPLACE FUNCTION delivery_channels() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT '{email,sms,push,webhook,caldav}'::text[] $$;
CREATE OR REPLACE FUNCTION delivery_purposes() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '{requested,confirmed,rescheduled,cancelled,reminder,no_show,password_reset,phone_code,calendar_trouble,calendar_conflict,endpoint_disabled,event,test}'::text[]
$$;

-- Where a message goes now: no address is kept with a delivery. Of a push subscription only the host,
-- because whoever knows its address can send to it.
CREATE OR REPLACE FUNCTION delivery_address(d deliveries) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE d.channel
        WHEN 'email' THEN (SELECT u.email FROM users AS u WHERE u.id = d.user_id)
        WHEN 'sms' THEN (SELECT u.phone_e164 FROM users AS u WHERE u.id = d.user_id)
        WHEN 'push' THEN (SELECT substring(s.endpoint FROM '^https?://([^/]+)')
                          FROM push_subscriptions AS s WHERE s.id = d.subscription_id)
        WHEN 'webhook' THEN (SELECT w.url FROM webhook_endpoints AS w WHERE w.id = d.endpoint_id)
        WHEN 'caldav' THEN (SELECT c.url FROM calendar_connections AS c WHERE c.id = d.connection_id) END
$$;

-- Enough of an address to recognise it: j•••@example.org, +49•••123, https://example.org/•••
CREATE OR REPLACE FUNCTION mask_address(p_channel text, p_address text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_channel
        WHEN 'email' THEN left(p_address, 1) || '•••' || substring(p_address FROM '@[^@]*$')
        WHEN 'sms' THEN '+' || left(phone_digits(p_address),
                length(phone_digits(p_address)) - length(phone_national(p_address)))
            || '•••' || right(p_address, 3)
        WHEN 'webhook' THEN substring(p_address FROM '^https?://[^/?#]+') || '/•••'
        WHEN 'caldav' THEN substring(p_address FROM '^https?://[^/?#]+') || '/•••'
        ELSE p_address END
$$;

-- p_view: full (for administrators), staff (the address masked) or own. What the other side answered
-- may quote an address, so only administrators see it.
CREATE OR REPLACE FUNCTION delivery_document(d deliveries, p_view text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'id', d.id, 'channel', d.channel, 'purpose', d.purpose, 'state', d.state, 'reason', d.reason,
        'lane', d.lane, 'userId', d.user_id, 'endpointId', d.endpoint_id,
        'connectionId', d.connection_id, 'appointmentId', d.appointment_id,
        'dueAt', wire_time(d.due_at), 'expiresAt', wire_time(d.expires_at), 'resendOf', d.resend_of,
        'createdAt', wire_time(d.created_at), 'settledAt', wire_time(d.settled_at),
        'attempts', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'number', t.number, 'startedAt', wire_time(t.started_at),
                'endedAt', wire_time(t.ended_at), 'outcome', t.outcome, 'code', t.code,
                'excerpt', CASE WHEN p_view = 'full' THEN t.excerpt END) ORDER BY t.number)
            FROM delivery_attempts AS t WHERE t.delivery_id = d.id), '[]')))
        || jsonb_build_object('address', CASE p_view
            WHEN 'staff' THEN mask_address(d.channel, delivery_address(d))
            ELSE delivery_address(d) END)
$$;

-- Whether a delivery is one that a filter asks for. Names as in the API's query; what is missing or
-- null asks for nothing. q is looked for in whom it is for.
CREATE OR REPLACE FUNCTION delivery_fits(d deliveries, p_filter jsonb) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT d.channel = coalesce(p_filter ->> 'channel', d.channel)
       AND d.state = coalesce(p_filter ->> 'state', d.state)
       AND d.purpose = coalesce(p_filter ->> 'purpose', d.purpose)
       AND (p_filter ->> 'userId' IS NULL
            OR d.user_id IS NOT DISTINCT FROM (p_filter ->> 'userId')::uuid)
       AND (p_filter ->> 'endpointId' IS NULL
            OR d.endpoint_id IS NOT DISTINCT FROM (p_filter ->> 'endpointId')::uuid)
       AND (p_filter ->> 'appointmentId' IS NULL
            OR d.appointment_id IS NOT DISTINCT FROM (p_filter ->> 'appointmentId')::uuid)
       AND (p_filter ->> 'from' IS NULL OR d.created_at >= (p_filter ->> 'from')::timestamptz)
       AND (p_filter ->> 'to' IS NULL OR d.created_at < (p_filter ->> 'to')::timestamptz)
       AND (NOT coalesce((p_filter ->> 'unresent')::boolean, false)
            OR NOT EXISTS (SELECT FROM deliveries AS r WHERE r.resend_of = d.id))
$$;

-- A lane, with how much waits in it; counting ends at p_count_limit.
CREATE OR REPLACE FUNCTION lane_document(l lanes, p_count_limit integer) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'id', l.id, 'channel', l.channel, 'state', l.state, 'failures', l.failures,
        'pausedUntil', CASE WHEN l.paused_until > clock_timestamp() AND NOT l.is_probing
            THEN wire_time(l.paused_until) END,
        'failingSince', wire_time(l.failing_since),
        'endpointId', CASE WHEN l.channel = 'webhook' THEN substring(l.id FROM '^webhook:(.*)$') END,
        'waiting', (SELECT count(*) FROM (
            SELECT FROM deliveries AS d WHERE d.lane = l.id AND d.state = 'pending'
            LIMIT p_count_limit) AS w),
        'oldestDueAt', (
            SELECT wire_time(d.due_at) FROM deliveries AS d
            WHERE d.lane = l.id AND d.state = 'pending' AND d.due_at <= clock_timestamp()
            ORDER BY d.due_at LIMIT 1)))
$$;
