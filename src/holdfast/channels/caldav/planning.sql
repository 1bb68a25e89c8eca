-- Planning what goes into calendars (docs/calendars.md, "Push").

-- One bounded pass under the consumer's lease: each event of an appointment for each pushing connection
-- of its provider, and of the one who had it before. Returns how many events were passed; NULL when
-- there was nothing to do or another process plans.
CREATE OR REPLACE FUNCTION plan_calendars(p_limit integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_first bigint;
    v_last  bigint;
BEGIN
    SELECT first_position, last_position INTO v_first, v_last FROM take_events('calendar', p_limit);
    IF v_last IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM plan_calendars_of(positions_between(v_first, v_last));
    RETURN v_last - v_first + 1;
END
$$;

-- What these events are for calendars. The consumer's row is locked, and its position moves in the same
-- transaction.
CREATE OR REPLACE FUNCTION plan_calendars_of(p_positions bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
BEGIN
    WITH told AS MATERIALIZED (
        SELECT c.id AS connection_id, 'caldav:' || c.id AS lane, o.position, o.type,
               o.key AS appointment_id,
               -- What follows a delivery that waits for its next try waits with it.
               (SELECT e.due_at FROM deliveries AS e
                WHERE e.lane = 'caldav:' || c.id AND e.appointment_id = o.key
                  AND e.state IN ('pending', 'sending', 'uncertain')
                ORDER BY e.number DESC LIMIT 1) AS not_before
        FROM outbox AS o
        CROSS JOIN LATERAL (
            SELECT (o.payload ->> 'providerId')::uuid AS id
            UNION SELECT (o.payload ->> 'previousProviderId')::uuid
        ) AS p
        JOIN calendar_connections AS c ON c.provider_id = p.id AND c.push AND c.deleted_at IS NULL
        WHERE o.position = ANY (p_positions) AND o.topic = 'bookings'
    )
    INSERT INTO deliveries (id, channel, purpose, lane, connection_id, appointment_id, position,
                            event_type, dedupe_key, due_at, expires_at)
    SELECT new_uuid_v7(), 'caldav', 'event', t.lane, t.connection_id, t.appointment_id, t.position,
           t.type, 'event:' || t.position || ':' || t.connection_id || ':caldav',
           greatest(clock_timestamp(), t.not_before),
           delivery_expiry('caldav', 'event', clock_timestamp(), NULL)
    FROM told AS t
    ORDER BY t.position;
END
$$;

-- Plans what lies ahead for a connection that begins to push, or does so again: each appointment to come,
-- and each object that we know of, unless something of it waits already. The caller has locked the row.
--
-- Takes the consumer's lease: what was planned before has committed and is seen, what is planned later
-- sees the connection.
CREATE OR REPLACE FUNCTION catch_up_calendar(c calendar_connections, p_limit integer) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    IF NOT c.push THEN
        RETURN;
    END IF;
    PERFORM FROM consumers AS x WHERE x.name = 'calendar' FOR NO KEY UPDATE;
    INSERT INTO deliveries (id, channel, purpose, lane, connection_id, appointment_id, due_at, expires_at)
    SELECT new_uuid_v7(), 'caldav', 'event', 'caldav:' || c.id, c.id, w.appointment_id, v_now,
           delivery_expiry('caldav', 'event', v_now, NULL)
    FROM (
        (SELECT a.id AS appointment_id, a.start_at FROM appointments AS a
         -- No appointment is longer than a day (appointments_period_check).
         WHERE a.provider_id = c.provider_id AND a.start_at > v_now - interval '1 day'
           AND a.end_at > v_now AND a.is_live
         ORDER BY a.start_at LIMIT p_limit)
        UNION
        (SELECT o.appointment_id, o.start_at FROM calendar_objects AS o
         WHERE o.connection_id = c.id AND o.end_at > v_now
         ORDER BY o.start_at LIMIT p_limit)
    ) AS w
    WHERE NOT EXISTS (
        SELECT FROM deliveries AS d
        WHERE d.lane = 'caldav:' || c.id AND d.appointment_id = w.appointment_id AND d.state = 'pending')
    GROUP BY w.appointment_id
    ORDER BY min(w.start_at) LIMIT p_limit;
END
$$;
