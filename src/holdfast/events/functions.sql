-- The relay (SPEC §5, docs/concurrency.md). Changes write the outbox in their own transaction; the
-- relay, one at a time by the lease on `relay`, gives committed rows their position in the log and
-- puts them on their channels with gap-free sequences.
--
-- Order: two events of one appointment (or slot) are inserted while its row is locked, so the
-- earlier one has the smaller id and is committed first. Reading what is committed by id therefore
-- keeps the order of each key, and a row that commits late is simply found by a later pass.

-- The channels on which an event is sent.
CREATE OR REPLACE FUNCTION event_channels(p_topic text, p_key uuid, p_payload jsonb)
RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT DISTINCT c.name
    FROM (VALUES
        (CASE WHEN p_topic IN ('bookings', 'locks') THEN 'appointment.' || p_key END),
        (CASE p_topic WHEN 'bookings' THEN 'user.' || (p_payload ->> 'userId') || '.bookings' END),
        (CASE p_topic WHEN 'bookings'
            THEN 'provider.' || (p_payload ->> 'providerId') || '.bookings' END),
        (CASE p_topic WHEN 'bookings'
            THEN 'provider.' || (p_payload ->> 'previousProviderId') || '.bookings' END),
        (CASE p_topic WHEN 'availability' THEN 'provider.' || p_key || '.availability' END)
    ) AS c (name)
    WHERE c.name IS NOT NULL
$$;

-- What a channel's subscribers are told of an event. (Without a query of its own, so that the planner can put it
-- in place; p_timezone: the provider's.)
CREATE OR REPLACE FUNCTION event_payload(
    p_topic text, p_payload jsonb, p_timezone text, p_channel text
) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT CASE p_topic
        WHEN 'bookings' THEN jsonb_build_object(
            'appointmentId', p_payload -> 'appointmentId', 'version', p_payload -> 'version',
            -- `whole`: it comes from another provider, so that all of it is new on this channel.
            'updates', coalesce(
                CASE WHEN p_channel = 'provider.' || (p_payload ->> 'providerId') || '.bookings'
                    THEN p_payload -> 'whole' END,
                p_payload -> 'updates'))
        WHEN 'availability' THEN jsonb_build_object(
            'providerId', p_payload -> 'providerId', 'serviceId', p_payload -> 'serviceId',
            'timeslotId', p_payload -> 'timeslotId', 'status', p_payload -> 'status',
            'date', to_char((p_payload ->> 'start')::timestamptz AT TIME ZONE p_timezone,
                            'YYYY-MM-DD'))
        ELSE p_payload END
$$;

-- One bounded pass. Timeslot updates go out every p_flush_milliseconds, and of those of one timeslot
-- in a pass only the last is sent. Returns how many outbox rows were relayed; NULL when another
-- process holds the lease.
--
-- Whether there is work is looked at before the lease is taken, and again with it: to lock a row is to
-- write, and most passes would wait for the disk at their commit without having done anything.
--
-- A pass planned while the outbox is empty would read all of it until the next ANALYZE: no scans. (What
-- has no index, the one row of `relay`, then looks dear enough for compiling.)
CREATE OR REPLACE FUNCTION relay_outbox(p_limit integer, p_flush_milliseconds integer)
RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_relay relay;
    v_flush boolean;
    v_ids   bigint[];
BEGIN
    SELECT r.flushed_at <= clock_timestamp() - p_flush_milliseconds * interval '1 millisecond'
    INTO v_flush FROM relay AS r;
    IF NOT EXISTS (
        SELECT FROM outbox AS o
        WHERE o.position IS NULL AND (v_flush OR o.topic <> 'availability')
    ) THEN
        RETURN 0;
    END IF;
    SELECT * INTO v_relay FROM relay FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    v_flush := v_relay.flushed_at
        <= clock_timestamp() - p_flush_milliseconds * interval '1 millisecond';
    SELECT array_agg(w.id ORDER BY w.id) INTO v_ids FROM (
        SELECT o.id FROM outbox AS o
        WHERE o.position IS NULL AND (v_flush OR o.topic <> 'availability')
        ORDER BY o.id LIMIT p_limit
    ) AS w;
    IF v_ids IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE outbox AS o SET position = v_relay.position + n.number
    FROM unnest(v_ids) WITH ORDINALITY AS n (id, number)
    WHERE o.id = n.id;

    WITH sent AS MATERIALIZED (
        SELECT o.id, c AS channel, o.type, event_payload(o.topic, o.payload, p.timezone, c) AS payload,
               row_number() OVER (PARTITION BY c ORDER BY o.id) AS number,
               count(*) OVER (PARTITION BY c) AS total
        FROM (
            SELECT DISTINCT ON (coalesce(x.payload ->> 'timeslotId', x.id::text)) x.*
            FROM outbox AS x WHERE x.id = ANY(v_ids)
            ORDER BY coalesce(x.payload ->> 'timeslotId', x.id::text), x.id DESC
        ) AS o
        LEFT JOIN providers AS p ON o.topic = 'availability' AND p.id = o.key
        CROSS JOIN LATERAL event_channels(o.topic, o.key, o.payload) AS c
    ), heads AS (
        INSERT INTO channels AS h (name, sequence)
        SELECT s.channel, count(*) FROM sent AS s GROUP BY s.channel
        ON CONFLICT (name) DO UPDATE SET sequence = h.sequence + excluded.sequence
        RETURNING h.name, h.sequence
    )
    INSERT INTO channel_events (channel, sequence, type, payload)
    SELECT s.channel, h.sequence - s.total + s.number, s.type, s.payload
    FROM sent AS s JOIN heads AS h ON h.name = s.channel
    ORDER BY s.id, s.channel;
    UPDATE relay SET position = v_relay.position + cardinality(v_ids),
                     flushed_at = CASE WHEN v_flush THEN clock_timestamp() ELSE flushed_at END;
    RETURN cardinality(v_ids);
END
$$;
