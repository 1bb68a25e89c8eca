-- Planning messages to people from the log (docs/deliveries.md, "Planning is exactly once").

-- One bounded pass under the consumer's lease; how many events were passed, NULL when there was nothing
-- to do or another process plans.
--
-- p_channels: what this server can send by. p_quiet_from, p_quiet_to: quiet hours of who set none.
CREATE OR REPLACE FUNCTION plan_notifications(
    p_limit integer, p_delay_seconds double precision, p_channels text[],
    p_quiet_from time, p_quiet_to time
) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_first bigint;
    v_last  bigint;
    v_began timestamptz := clock_timestamp();
    v_due   timestamptz;
    m       record;
BEGIN
    SELECT first_position, last_position INTO v_first, v_last FROM take_events('notify', p_limit);
    IF v_last IS NULL THEN
        RETURN NULL;
    END IF;
    v_due := v_began + make_interval(secs => p_delay_seconds);
    FOR m IN
        -- Of each appointment the newest event that means something for people.
        SELECT DISTINCT ON (o.key)
               o.key AS appointment_id, o.position, o.type, o.at, o.purpose,
               (o.payload ->> 'version')::integer AS version,
               (o.payload ->> 'previousProviderId')::uuid AS previous_provider_id,
               bool_or(o.purpose <> 'cancelled') OVER (PARTITION BY o.key) AS has_earlier,
               a AS appointment, e.actor_id, e.actor_type
        FROM (
            SELECT x.*, notification_purpose(x.type, x.payload -> 'updates') AS purpose
            FROM outbox AS x
            WHERE x.position BETWEEN v_first AND v_last AND x.topic = 'bookings'
        ) AS o
        JOIN appointments AS a ON a.id = o.key
        LEFT JOIN appointment_audit AS e
            ON e.appointment_id = o.key AND e.version = (o.payload ->> 'version')::integer
        WHERE o.purpose IS NOT NULL
        ORDER BY o.key, o.position DESC
    LOOP
        -- What is old is news for nobody, unless it is still to come.
        CONTINUE WHEN m.at < v_began - interval '24 hours'
            AND (m.appointment).start_at <= v_began;
        PERFORM plan_message(m.appointment, m.purpose, m.position, m.type, m.has_earlier,
                             m.previous_provider_id, m.actor_id, m.actor_type, v_due, p_channels,
                             p_quiet_from, p_quiet_to);
    END LOOP;
    RETURN v_last - v_first + 1;
END
$$;

-- What one event of an appointment means: waiting messages about it are superseded, new ones written.
CREATE OR REPLACE FUNCTION plan_message(
    a appointments, p_purpose text, p_position bigint, p_type text, p_has_earlier boolean,
    p_previous_provider_id uuid, p_actor_id uuid, p_actor_type text, p_due timestamptz,
    p_channels text[], p_quiet_from time, p_quiet_to time
) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_superseded uuid[];  -- users who had something waiting
BEGIN
    WITH waiting AS MATERIALIZED (
        SELECT d.id FROM deliveries AS d
        WHERE d.appointment_id = a.id AND d.state = 'pending' AND d.user_id IS NOT NULL
          AND (d.purpose IN ('requested', 'confirmed', 'rescheduled', 'cancelled', 'no_show')
               OR d.purpose = 'reminder' AND p_purpose IN ('rescheduled', 'cancelled'))
        ORDER BY d.id FOR NO KEY UPDATE
    ), ended AS (
        UPDATE deliveries AS d SET
            state = 'superseded', settled_at = clock_timestamp(),
            reason = CASE p_purpose WHEN 'cancelled' THEN 'cancelled' ELSE 'newer' END
        FROM waiting AS w WHERE d.id = w.id AND d.state = 'pending'
        RETURNING d.user_id
    )
    SELECT coalesce(array_agg(user_id), '{}') INTO v_superseded FROM ended;

    INSERT INTO deliveries (id, channel, purpose, state, reason, settled_at, lane, user_id,
                            subscription_id, appointment_id, position, event_type, start_at,
                            dedupe_key, due_at, expires_at)
    SELECT new_uuid_v7(), w.channel, p_purpose,
           CASE WHEN r.reason IS NULL THEN 'pending' ELSE 'suppressed' END, r.reason,
           CASE WHEN r.reason IS NOT NULL THEN clock_timestamp() END,
           ensure_lane(w.lane, w.channel), t.user_id, w.subscription_id, a.id, p_position, p_type,
           a.start_at, 'event:' || p_position || ':' || coalesce(w.subscription_id, t.user_id)
               || ':' || w.channel,
           q.due_at, delivery_expiry(w.channel, p_purpose, q.due_at, a.start_at)
    FROM (
        SELECT a.user_id, true AS is_client
        UNION
        SELECT u.id, false FROM users AS u
        WHERE u.provider_id IN (a.provider_id, p_previous_provider_id) AND u.is_active
          AND u.id <> a.user_id
          AND (p_purpose = 'requested' OR p_actor_type = 'user'
               AND p_purpose IN ('confirmed', 'rescheduled', 'cancelled'))
    ) AS t
    CROSS JOIN LATERAL notification_ways(
        t.user_id, p_purpose, a.start_at, t.is_client, p_channels) AS w
    -- Email never waits for the morning, and neither does what is urgent.
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN w.channel = 'email' OR p_purpose IN ('cancelled', 'rescheduled')
                AND a.start_at < p_due + interval '12 hours' THEN p_due
            ELSE coalesce(quiet_until_of(t.user_id, a, p_due, p_quiet_from, p_quiet_to), p_due)
            END AS due_at
    ) AS q
    CROSS JOIN LATERAL (
        SELECT coalesce(w.reason, CASE
            WHEN delivery_expiry(w.channel, p_purpose, q.due_at, a.start_at) <= q.due_at
                THEN 'past' END) AS reason
    ) AS r
    -- Whoever undid what they had not yet been told of needs to hear nothing.
    WHERE NOT (p_purpose = 'cancelled' AND t.user_id IS NOT DISTINCT FROM p_actor_id
               AND (p_has_earlier OR t.user_id = ANY (v_superseded))
               AND NOT EXISTS (
                    SELECT FROM deliveries AS d
                    WHERE d.appointment_id = a.id AND d.user_id = t.user_id
                      AND d.purpose IN ('requested', 'confirmed', 'rescheduled')
                      AND d.state IN ('sending', 'uncertain', 'sent', 'delivered', 'bounced', 'dead')));
END
$$;
