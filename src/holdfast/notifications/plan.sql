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
BEGIN
    SELECT first_position, last_position INTO v_first, v_last FROM take_events('notify', p_limit);
    IF v_last IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM plan_notifications_of(positions_between(v_first, v_last), p_delay_seconds, p_channels,
                                  p_quiet_from, p_quiet_to);
    RETURN v_last - v_first + 1;
END
$$;

-- The messages to people of these events. The consumer's row is locked, and its position moves in the same
-- transaction.
CREATE OR REPLACE FUNCTION plan_notifications_of(
    p_positions bigint[], p_delay_seconds double precision, p_channels text[],
    p_quiet_from time, p_quiet_to time
) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_due timestamptz;
BEGIN
    v_due := v_now + make_interval(secs => p_delay_seconds);
    WITH news AS MATERIALIZED (
        SELECT * FROM notification_news(p_positions) AS n
        -- What is old is news for nobody, unless it is still to come.
        WHERE n.at > v_now - interval '24 hours' OR (n.appointment).start_at > v_now
    ), messages AS MATERIALIZED (
        SELECT n.appointment, n.position, n.type, n.purpose, t.user_id, w.*, q.due_at, x.expires_at,
               coalesce(w.reason, CASE WHEN x.expires_at <= q.due_at THEN 'past' END) AS objection
        FROM news AS n
        CROSS JOIN LATERAL notification_audience(
            n.appointment, n.purpose, n.previous_provider_id, n.actor_type) AS t
        CROSS JOIN LATERAL notification_ways(
            t.user_id, n.purpose, (n.appointment).start_at, t.is_client, p_channels) AS w
        CROSS JOIN LATERAL (
            SELECT coalesce(quiet_until(w.channel, n.purpose, t.user_id, n.appointment, v_due,
                                        p_quiet_from, p_quiet_to), v_due) AS due_at
        ) AS q
        CROSS JOIN LATERAL (
            SELECT delivery_expiry(w.channel, n.purpose, q.due_at, (n.appointment).start_at) AS expires_at
        ) AS x
        WHERE NOT (n.purpose = 'cancelled' AND t.user_id IS NOT DISTINCT FROM n.actor_id
                   AND was_never_told((n.appointment).id, t.user_id, n.has_confirmation))
    ), written AS (
        INSERT INTO deliveries (id, channel, purpose, state, reason, settled_at, lane, user_id,
                                subscription_id, appointment_id, position, event_type, start_at,
                                dedupe_key, due_at, expires_at)
        SELECT new_uuid_v7(), m.channel, m.purpose,
               CASE WHEN m.objection IS NULL THEN 'pending' ELSE 'suppressed' END, m.objection,
               CASE WHEN m.objection IS NOT NULL THEN clock_timestamp() END,
               ensure_lane(m.lane, m.channel), m.user_id, m.subscription_id, (m.appointment).id,
               m.position, m.type, (m.appointment).start_at,
               'event:' || m.position || ':' || coalesce(m.subscription_id, m.user_id) || ':' || m.channel,
               m.due_at, m.expires_at
        FROM messages AS m
        ORDER BY m.position
        RETURNING appointment_id, user_id, channel, subscription_id, state
    )
    -- A newer one of the same appointment, user and channel supersedes what waits. What a cancel or a
    -- move makes untrue ends for everybody.
    --
    -- Found by their appointments and then by their ids: `pending` is said in other words, so that no
    -- plan walks an index of all that waits, as one that was made while little did would.
    UPDATE deliveries AS d SET
        state = 'superseded', settled_at = clock_timestamp(),
        reason = (SELECT CASE n.purpose WHEN 'cancelled' THEN 'cancelled' ELSE 'newer' END
                  FROM news AS n WHERE (n.appointment).id = d.appointment_id)
    WHERE d.id = ANY (ARRAY(
        SELECT o.id FROM news AS n CROSS JOIN LATERAL (
            SELECT x.id FROM deliveries AS x
            WHERE x.appointment_id = (n.appointment).id AND x.user_id IS NOT NULL
              AND x.settled_at IS NULL AND x.worker IS NULL AND x.handed_over_at IS NULL
              AND CASE WHEN x.purpose = 'reminder' THEN n.purpose IN ('rescheduled', 'cancelled')
                       ELSE x.purpose IN ('requested', 'confirmed', 'rescheduled', 'cancelled', 'no_show')
                            AND (n.purpose = 'cancelled' OR EXISTS (
                                SELECT FROM written AS w
                                WHERE w.appointment_id = x.appointment_id AND w.user_id = x.user_id
                                  AND w.channel = x.channel AND w.state = 'pending'
                                  AND w.subscription_id IS NOT DISTINCT FROM x.subscription_id)) END
            OFFSET 0
        ) AS o))
      AND d.settled_at IS NULL AND d.worker IS NULL AND d.handed_over_at IS NULL;
END
$$;

-- Of each appointment the newest of these events that means something for people.
--
-- has_confirmation: whether these events contain the one that it was booked or requested by.
CREATE OR REPLACE FUNCTION notification_news(p_positions bigint[])
RETURNS TABLE (
    appointment appointments, "position" bigint, type text, at timestamptz, purpose text,
    previous_provider_id uuid, has_confirmation boolean, actor_id uuid, actor_type text
)
LANGUAGE sql VOLATILE SET enable_seqscan = off SET jit = off AS $$
    SELECT a, n.position, n.type, n.at, n.purpose, n.previous_provider_id, n.has_confirmation,
           n.actor_id, n.actor_type
    FROM (
        SELECT DISTINCT ON (m.key) m.*,
               bool_or(m.type IN ('booking.confirmed', 'booking.requested'))
                   OVER (PARTITION BY m.key) AS has_confirmation
        FROM (
            SELECT o.key, o.position, o.type, o.at, e.actor_id, e.actor_type,
                   (o.payload ->> 'previousProviderId')::uuid AS previous_provider_id,
                   notification_purpose(o.type, o.payload -> 'updates', e.previous_status, e.new_status)
                       AS purpose
            FROM outbox AS o
            LEFT JOIN appointment_audit AS e
                ON e.appointment_id = o.key AND e.version = (o.payload ->> 'version')::integer
            WHERE o.position = ANY (p_positions) AND o.topic = 'bookings'
        ) AS m
        WHERE m.purpose IS NOT NULL
        ORDER BY m.key, m.position DESC
    ) AS n
    JOIN appointments AS a ON a.id = n.key
$$;

-- Whom a change of an appointment concerns: its client, and the users of its providers when the client
-- did it.
CREATE OR REPLACE FUNCTION notification_audience(
    a appointments, p_purpose text, p_previous_provider_id uuid, p_actor_type text
) RETURNS TABLE (user_id uuid, is_client boolean)
LANGUAGE sql STABLE AS $$
    SELECT a.user_id, true
    UNION ALL
    SELECT u.id, false FROM users AS u
    WHERE u.provider_id IN (a.provider_id, p_previous_provider_id) AND u.is_active AND u.id <> a.user_id
      AND (p_purpose = 'requested'
           OR p_actor_type = 'user' AND p_purpose IN ('confirmed', 'rescheduled', 'cancelled'))
$$;

-- Whether a person was to hear that an appointment was booked, and nothing of it has left: whoever undoes
-- that needs to hear nothing. (A message that is on its way has left.)
CREATE OR REPLACE FUNCTION was_never_told(p_appointment_id uuid, p_user_id uuid, p_has_confirmation boolean)
RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT NOT coalesce(bool_or(d.state IN ('sending', 'uncertain', 'sent', 'delivered', 'bounced', 'dead')),
                        false)
       AND (p_has_confirmation
            OR coalesce(bool_or(d.purpose IN ('requested', 'confirmed')), false))
    FROM deliveries AS d
    WHERE d.appointment_id = p_appointment_id AND d.user_id = p_user_id
      AND d.purpose IN ('requested', 'confirmed', 'rescheduled')
$$;
