-- Planning webhooks from the log (docs/deliveries.md, "Planning is exactly once").

-- The next events of a consumer, under its lease. NULL when another process plans; no events and the
-- position when there is nothing to do. A first start begins at the log's end. Events that are gone before
-- they were planned are a gap; it is counted, and the consumer goes on.
CREATE OR REPLACE FUNCTION take_events(p_consumer text, p_limit integer)
RETURNS TABLE (first_position bigint, last_position bigint)
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_position bigint;
    v_first    bigint;
    v_last     bigint;
    v_events   bigint;
    v_passed   bigint;
    v_stop     bigint;
BEGIN
    -- Looked at before the lease is taken: to lock a row is to write.
    IF EXISTS (SELECT FROM consumers AS c WHERE c.name = p_consumer AND c.position IS NOT NULL
               AND NOT EXISTS (SELECT FROM outbox AS o WHERE o.position > c.position)) THEN
        RETURN;
    END IF;
    SELECT c.position INTO v_position FROM consumers AS c
    WHERE c.name = p_consumer FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF v_position IS NULL THEN
        UPDATE consumers AS c SET position = (SELECT r.position FROM relay AS r) WHERE c.name = p_consumer;
        RETURN;
    END IF;
    v_passed := pass_planned(p_consumer, v_position);
    SELECT min(a.position) INTO v_stop FROM planned_ahead AS a
    WHERE a.consumer = p_consumer AND a.position > v_passed;
    SELECT min(n.position), max(n.position), count(*) INTO v_first, v_last, v_events FROM (
        SELECT o.position FROM outbox AS o
        WHERE o.position > v_passed AND o.position < coalesce(v_stop, 9223372036854775807)
        ORDER BY o.position LIMIT p_limit
    ) AS n;
    IF v_last IS NULL THEN
        -- Before what is planned there is nothing left: a gap, unless it comes right after.
        UPDATE consumers AS c SET
            position = coalesce(v_stop - 1, v_passed),
            gaps = c.gaps + CASE WHEN v_stop - 1 > v_passed THEN 1 ELSE 0 END
        WHERE c.name = p_consumer AND c.position < coalesce(v_stop - 1, v_passed);
        RETURN;
    END IF;
    v_position := v_passed;
    UPDATE consumers AS c SET
        position = v_last, gaps = c.gaps + CASE WHEN v_last - v_position > v_events THEN 1 ELSE 0 END
    WHERE c.name = p_consumer;
    RETURN QUERY SELECT v_first, v_last;
END
$$;

-- An event's type as endpoints know it: the live updates' names of edit locks are older.
CREATE OR REPLACE FUNCTION webhook_type(p_type text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_type
        WHEN 'lock-acquired' THEN 'lock.acquired' WHEN 'lock-update' THEN 'lock.updated'
        WHEN 'lock-released' THEN 'lock.released' WHEN 'admin-takeover' THEN 'lock.taken_over'
        WHEN 'takeover-requested' THEN 'lock.takeover_requested'
        ELSE p_type END
$$;

-- Whether an endpoint asked for an event; `booking.*` and `lock.*` mean all of their kind.
--
-- p_type: as endpoints know it (webhook_type).
CREATE OR REPLACE FUNCTION endpoint_wants(w webhook_endpoints, p_type text, p_payload jsonb, p_facility uuid)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (p_type = ANY (w.types) OR split_part(p_type, '.', 1) || '.*' = ANY (w.types))
       AND (w.provider_ids = '{}' OR (p_payload ->> 'providerId')::uuid = ANY (w.provider_ids)
            OR (p_payload ->> 'previousProviderId')::uuid = ANY (w.provider_ids))
       AND (w.facility_ids = '{}' OR p_facility = ANY (w.facility_ids))
$$;

-- The deliveries of these events for some endpoints; their number. What follows a delivery that waits for
-- its next try waits with it.
CREATE OR REPLACE FUNCTION insert_webhook_deliveries(p_endpoints uuid[], p_positions bigint[])
RETURNS integer
LANGUAGE sql VOLATILE SET enable_seqscan = off SET jit = off AS $$
    WITH told AS MATERIALIZED (
        SELECT w.id AS endpoint_id, 'webhook:' || w.id AS lane, o.position, t.type, k.appointment_id,
               -- Looked up before anything is written: what this statement writes would be walked over.
               (SELECT e.due_at FROM deliveries AS e
                WHERE e.lane = 'webhook:' || w.id AND e.appointment_id = k.appointment_id
                  AND e.state IN ('pending', 'sending', 'uncertain')
                ORDER BY e.number DESC LIMIT 1) AS not_before
        FROM outbox AS o
        LEFT JOIN appointments AS a ON o.topic IN ('bookings', 'locks') AND a.id = o.key
        LEFT JOIN slots AS s ON o.topic = 'availability' AND s.id = (o.payload ->> 'timeslotId')::uuid
        CROSS JOIN LATERAL (SELECT webhook_type(o.type) AS type) AS t
        CROSS JOIN LATERAL (
            SELECT CASE WHEN o.topic IN ('bookings', 'locks') THEN o.key END AS appointment_id) AS k
        CROSS JOIN webhook_endpoints AS w
        WHERE o.position = ANY (p_positions) AND w.id = ANY (p_endpoints)
          AND endpoint_wants(w, t.type, o.payload, coalesce(a.facility_id, s.facility_id))
    ), written AS (
        INSERT INTO deliveries (id, channel, purpose, lane, endpoint_id, appointment_id, position,
                                event_type, dedupe_key, due_at, expires_at)
        SELECT new_uuid_v7(), 'webhook', 'event', t.lane, t.endpoint_id, t.appointment_id, t.position,
               t.type, 'event:' || t.position || ':' || t.endpoint_id || ':webhook',
               greatest(clock_timestamp(), t.not_before),
               delivery_expiry('webhook', 'event', clock_timestamp(), NULL)
        FROM told AS t
        ORDER BY t.position
        RETURNING 1
    )
    SELECT count(*)::integer FROM written
$$;

-- One bounded pass: the next events for all endpoints, and more of the log for the lanes that had too
-- much waiting. Returns how many events were passed; NULL when there was nothing to do or another
-- process plans.
CREATE OR REPLACE FUNCTION plan_webhooks(p_limit integer, p_room integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_first bigint;
    v_last  bigint;
BEGIN
    SELECT first_position, last_position INTO v_first, v_last FROM take_events('webhook', p_limit);
    IF v_last IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM plan_webhooks_of(positions_between(v_first, v_last), v_first - 1, p_room);
    RETURN v_last - v_first + 1;
END
$$;

-- The events of the log from one position to another.
CREATE OR REPLACE FUNCTION positions_between(p_first bigint, p_last bigint) RETURNS bigint[]
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT coalesce(array_agg(o.position ORDER BY o.position), '{}') FROM outbox AS o
    WHERE o.position BETWEEN p_first AND p_last
$$;

-- The webhooks of these events for all endpoints. The consumer's row is locked, and its position moves in
-- the same transaction.
--
-- p_before: up to where everything was planned before.
CREATE OR REPLACE FUNCTION plan_webhooks_of(p_positions bigint[], p_before bigint, p_room integer)
RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_ready uuid[];
BEGIN
    PERFORM ensure_lane('webhook:' || w.id, 'webhook')
    FROM webhook_endpoints AS w WHERE w.state = 'enabled' AND w.deleted_at IS NULL;
    -- Lanes that are full from here on go on from the log by themselves.
    UPDATE lanes AS l SET planned_position = p_before
    WHERE l.channel = 'webhook' AND l.planned_position IS NULL AND lane_is_full(l.id, p_room);
    SELECT array_agg(w.id) INTO v_ready
    FROM webhook_endpoints AS w JOIN lanes AS l ON l.id = 'webhook:' || w.id
    WHERE w.state = 'enabled' AND w.deleted_at IS NULL AND l.planned_position IS NULL;
    PERFORM insert_webhook_deliveries(v_ready, p_positions);
END
$$;

CREATE OR REPLACE FUNCTION lane_is_full(p_lane text, p_room integer) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT count(*) >= p_room FROM (
        SELECT FROM deliveries AS d WHERE d.lane = p_lane AND d.state = 'pending' LIMIT p_room
    ) AS w
$$;

-- Goes on with the lanes that were full and have become half empty, under the consumer's lease, so
-- that a lane comes back to the others exactly where they are. Returns how many events were passed.
-- A lane that is paused waits: it gets no emptier meanwhile.
--
-- With Kafka events after the position are planned, too, some before the lane was full and some while it was:
-- a lane comes back when it has all of those.
CREATE OR REPLACE FUNCTION plan_full_lanes(p_limit integer, p_room integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_position  bigint;
    v_positions bigint[];
    v_ahead     bigint[];
    v_waits     boolean;
    v_last      bigint;
    v_events    bigint;
    v_passed    integer := 0;
    l           lanes;
BEGIN
    IF NOT EXISTS (SELECT FROM lanes AS x WHERE x.planned_position IS NOT NULL
                   AND (x.paused_until IS NULL OR x.paused_until <= clock_timestamp())) THEN
        RETURN 0;
    END IF;
    SELECT c.position INTO v_position FROM consumers AS c
    WHERE c.name = 'webhook' FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    FOR l IN
        SELECT * FROM lanes AS x
        WHERE x.planned_position IS NOT NULL
          AND (x.paused_until IS NULL OR x.paused_until <= clock_timestamp())
        ORDER BY x.id
    LOOP
        CONTINUE WHEN lane_is_full(l.id, (p_room + 1) / 2);
        SELECT array_agg(n.position), max(n.position), count(*) INTO v_positions, v_last, v_events FROM (
            SELECT o.position FROM outbox AS o
            WHERE o.position > l.planned_position AND o.position <= v_position
            ORDER BY o.position LIMIT p_limit
        ) AS n;
        v_ahead := '{}';
        -- The last of what there is: all that should be there until the consumer's position.
        IF v_events < p_limit THEN
            v_last := v_position;
            v_ahead := ARRAY(SELECT a.position FROM planned_ahead AS a WHERE a.consumer = 'webhook'
                             ORDER BY a.position LIMIT p_limit + 1);
        END IF;
        -- Too many: the lane waits where it is until the position has come closer to them.
        v_waits := cardinality(v_ahead) > p_limit;
        IF v_waits THEN
            v_ahead := '{}';
        END IF;
        IF v_last - l.planned_position > v_events THEN
            UPDATE consumers AS c SET gaps = c.gaps + 1 WHERE c.name = 'webhook';
        END IF;
        IF v_events + cardinality(v_ahead) > 0 THEN
            PERFORM insert_webhook_deliveries(
                ARRAY(SELECT w.id FROM webhook_endpoints AS w
                      WHERE 'webhook:' || w.id = l.id AND w.state = 'enabled'
                        AND w.deleted_at IS NULL),
                ARRAY(SELECT p FROM unnest(v_positions || v_ahead) AS p
                      WHERE NOT EXISTS (
                          SELECT FROM deliveries AS d
                          WHERE d.dedupe_key = 'event:' || p || ':' || substr(l.id, 9) || ':webhook')));
            v_passed := v_passed + v_events::integer;
        END IF;
        UPDATE lanes SET planned_position =
            CASE WHEN v_last < v_position OR v_waits THEN v_last END
        WHERE id = l.id;
    END LOOP;
    RETURN v_passed;
END
$$;

-- A lane is made when it is first needed. Returns its id. Locks the lane as the delivery's foreign key
-- will, so that retention does not remove it in between.
CREATE OR REPLACE FUNCTION ensure_lane(p_id text, p_channel text) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM FROM lanes AS l WHERE l.id = p_id FOR KEY SHARE;
    IF NOT FOUND THEN
        INSERT INTO lanes (id, channel) VALUES (p_id, p_channel) ON CONFLICT DO NOTHING;
    END IF;
    RETURN p_id;
END
$$;
