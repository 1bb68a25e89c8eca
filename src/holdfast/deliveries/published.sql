-- What consumers have planned of what Kafka brought (docs/kafka.md, "Planned once").
--
-- A consumer's position says that everything up to it is planned. The partitions of Kafka do not come in the
-- log's order, so some events after the position are planned, too: they stand in planned_ahead until the
-- position has passed them. Both are written under the lock of the consumer's row, by whoever plans from
-- Kafka and whoever plans from the log alike.

-- Which of these events a consumer has still to plan: they count as planned from here on, in the transaction
-- that plans them. `before`: the consumer's position before.
--
-- Waits for the consumer's row, then looks. Another member of the group may have planned them, one that had
-- the partition before, or a pass on the log.
--
-- p_positions: what was read. p_topics, p_partitions, p_next_offsets: where to read on.
CREATE OR REPLACE FUNCTION take_published(
    p_consumer text, p_positions bigint[], p_topics text[], p_partitions integer[], p_next_offsets bigint[],
    OUT before bigint, OUT positions bigint[]
)
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
BEGIN
    SELECT c.position INTO before FROM consumers AS c WHERE c.name = p_consumer FOR NO KEY UPDATE;
    -- What the log has not given out is no event of this database.
    SELECT coalesce(array_agg(DISTINCT g.position ORDER BY g.position), '{}') INTO positions
    FROM unnest(p_positions) AS g (position)
    WHERE g.position > before AND g.position <= (SELECT r.position FROM relay AS r)
      AND NOT EXISTS (SELECT FROM planned_ahead AS a
                      WHERE a.consumer = p_consumer AND a.position = g.position);
    INSERT INTO planned_ahead (consumer, position) SELECT p_consumer, unnest(positions);
    UPDATE consumers AS c SET position = pass_planned(p_consumer, before)
    WHERE c.name = p_consumer AND cardinality(positions) > 0;
    INSERT INTO consumer_offsets AS o (consumer, topic, partition, next_offset)
    SELECT p_consumer, n.topic, n.partition, n.next_offset
    FROM unnest(p_topics, p_partitions, p_next_offsets) AS n (topic, partition, next_offset)
    ON CONFLICT (consumer, topic, partition) DO UPDATE SET next_offset = excluded.next_offset;
END
$$;

-- Goes from a position over all that is planned right after it; where that ends. Takes it out of
-- planned_ahead. The consumer's row is locked.
CREATE OR REPLACE FUNCTION pass_planned(p_consumer text, p_position bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_last bigint := p_position;
BEGIN
    WHILE EXISTS (SELECT FROM planned_ahead AS a WHERE a.consumer = p_consumer AND a.position = v_last + 1)
    LOOP
        v_last := v_last + 1;
    END LOOP;
    DELETE FROM planned_ahead AS a
    WHERE a.consumer = p_consumer AND a.position > p_position AND a.position <= v_last;
    RETURN v_last;
END
$$;

-- Webhooks of events that Kafka brought; how many had still to be planned.
CREATE OR REPLACE FUNCTION plan_published_webhooks(
    p_positions bigint[], p_topics text[], p_partitions integer[], p_next_offsets bigint[], p_room integer
) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_before    bigint;
    v_positions bigint[];
BEGIN
    SELECT t.before, t.positions INTO v_before, v_positions
    FROM take_published('webhook', p_positions, p_topics, p_partitions, p_next_offsets) AS t;
    IF cardinality(v_positions) > 0 THEN
        PERFORM plan_webhooks_of(v_positions, v_before, p_room);
    END IF;
    RETURN cardinality(v_positions);
END
$$;

-- Messages to people of events that Kafka brought; how many had still to be planned.
CREATE OR REPLACE FUNCTION plan_published_notifications(
    p_positions bigint[], p_topics text[], p_partitions integer[], p_next_offsets bigint[],
    p_delay_seconds double precision, p_channels text[], p_quiet_from time, p_quiet_to time
) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_positions bigint[];
BEGIN
    SELECT t.positions INTO v_positions
    FROM take_published('notify', p_positions, p_topics, p_partitions, p_next_offsets) AS t;
    IF cardinality(v_positions) > 0 THEN
        PERFORM plan_notifications_of(v_positions, p_delay_seconds, p_channels, p_quiet_from, p_quiet_to);
    END IF;
    RETURN cardinality(v_positions);
END
$$;

-- What goes into calendars of events that Kafka brought; how many had still to be planned.
CREATE OR REPLACE FUNCTION plan_published_calendars(
    p_positions bigint[], p_topics text[], p_partitions integer[], p_next_offsets bigint[]
) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_positions bigint[];
BEGIN
    SELECT t.positions INTO v_positions
    FROM take_published('calendar', p_positions, p_topics, p_partitions, p_next_offsets) AS t;
    IF cardinality(v_positions) > 0 THEN
        PERFORM plan_calendars_of(v_positions);
    END IF;
    RETURN cardinality(v_positions);
END
$$;

-- Notes the bus that this worker plans from. Those that never started begin at the log's end, and the
-- publisher where the first of the consumers stands, so that nothing is missing between.
CREATE OR REPLACE FUNCTION begin_on_bus(p_kind text, p_consumers text[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE bus SET kind = p_kind WHERE kind <> p_kind;
    IF p_kind = 'log' THEN
        RETURN;  -- its consumers begin with their first pass
    END IF;
    PERFORM FROM consumers AS c ORDER BY c.name FOR NO KEY UPDATE;
    UPDATE consumers AS c SET position = (SELECT r.position FROM relay AS r)
    WHERE c.name = ANY (p_consumers) AND c.position IS NULL;
    UPDATE consumers AS c SET
        position = (SELECT min(x.position) FROM consumers AS x WHERE x.name = ANY (p_consumers))
    WHERE c.name = 'kafka' AND c.position IS NULL;
END
$$;

-- The consumers that follow the log: those that have begun, the publisher only while Kafka is the bus.
CREATE OR REPLACE FUNCTION following_consumers() RETURNS SETOF consumers
LANGUAGE sql STABLE AS $$
    SELECT c FROM consumers AS c
    WHERE c.position IS NOT NULL
      AND (c.name <> 'kafka' OR EXISTS (SELECT FROM bus AS b WHERE b.kind = 'kafka'))
$$;
