-- The lease of who gives the log to Kafka (docs/kafka.md, "One publisher").

-- Takes the lease, or keeps it, and says until when a message of this moment may be on its way. `stamped_at`
-- is NULL when another publisher has the lease.
--
-- Whether there is something to write is looked at before the row is locked: most calls come from a holder
-- whose lease has long to go, or from others that wait. The clock is read after the lock.
--
-- p_publisher: one life of one producer. p_seconds: for how long the lease is given. p_left_seconds: what is
-- left of it at least when this returns.
CREATE OR REPLACE FUNCTION hold_publisher_lease(
    p_publisher uuid, p_seconds double precision, p_left_seconds double precision, OUT stamped_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    b     bus;
    v_now timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO b FROM bus;
    IF b.publisher = p_publisher AND b.lease_until >= v_now + make_interval(secs => p_left_seconds) THEN
        stamped_at := v_now;
        RETURN;
    END IF;
    IF b.publisher <> p_publisher AND b.lease_until > v_now THEN
        RETURN;
    END IF;
    SELECT * INTO b FROM bus FOR NO KEY UPDATE;
    v_now := clock_timestamp();
    IF b.publisher <> p_publisher AND b.lease_until > v_now THEN
        RETURN;
    END IF;
    UPDATE bus SET publisher = p_publisher, lease_until = v_now + make_interval(secs => p_seconds);
    stamped_at := v_now;
END
$$;

-- Says that the log is in Kafka up to a position; whether the publisher has the lease. A lease that has run
-- out and that nobody took counts: nobody else has published.
--
-- Locks the lease, then the consumer's row.
--
-- p_events: how many there were up to there; fewer than positions are a gap.
CREATE OR REPLACE FUNCTION advance_publisher(p_publisher uuid, p_position bigint, p_events integer)
RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM FROM bus AS b WHERE b.publisher = p_publisher FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE consumers AS c SET
        position = p_position, gaps = c.gaps + CASE WHEN p_position - c.position > p_events THEN 1 ELSE 0 END
    WHERE c.name = 'kafka' AND c.position < p_position;
    RETURN true;
END
$$;
