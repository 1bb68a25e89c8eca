-- Publishing from a schedule (SPEC 4.2), and which calendars have to be laid out again.

-- Publishes those periods that are free: [{start, end, busyStart, busyEnd, facilityId,
-- serviceId?, isNew?}], which do not overlap each other. The calendar is locked first and everything
-- is decided by a later statement, so that of two runs at once the second finds the first one's
-- slots. Nothing is left to ON CONFLICT: the audit trigger would have written its rows already.
-- Answers how many were created (or came back), how many existed (same start and end, in whatever
-- state), and the others as [{start, reason}]: past, overlap (a slot is in the way, a blocked one
-- included, or lies in the buffers, or its own buffers reach into the period), deleted (staff took
-- this very slot away: it does not come back, unless `isNew`), calendar (the provider is busy then by a
-- calendar outside; once it is not, the calendar here is laid out again).
--
-- p_is_dry: only count, as if the slots in p_gone were not there.
CREATE OR REPLACE FUNCTION publish_slots(
    p_actor jsonb, p_provider_id uuid, p_periods jsonb,
    p_is_dry boolean DEFAULT false, p_gone uuid[] DEFAULT '{}',
    OUT created integer, OUT existing integer, OUT skipped jsonb
)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM act_as(p_actor);
    PERFORM lock_provider_calendar(p_provider_id);
    FOR v_attempt IN 1..5 LOOP
        BEGIN
            SELECT r.* INTO created, existing, skipped
            FROM publish_free_periods(p_provider_id, p_periods, p_is_dry, p_gone) AS r;
            RETURN;
        EXCEPTION WHEN exclusion_violation THEN
            -- Somebody published without taking the calendar; now that slot can be seen.
            NULL;
        END;
    END LOOP;
    RAISE EXCEPTION 'slots of % are being published past its calendar', p_provider_id
        USING ERRCODE = 'serialization_failure';
END
$$;

-- One attempt of publish_slots. What is there is read once for the whole span, not once for each
-- period: the cost does not depend on what the planner knows of a table that may just be filling.
CREATE OR REPLACE FUNCTION publish_free_periods(
    p_provider_id uuid, p_periods jsonb, p_is_dry boolean, p_gone uuid[],
    OUT created integer, OUT existing integer, OUT skipped jsonb
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now   timestamptz := clock_timestamp();
    v_first timestamptz;
    v_last  timestamptz;
    v_taken tstzmultirange;
    v_busy  tstzmultirange;
    v_back  uuid[];
BEGIN
    SELECT min(p.busy_start), max(p.busy_end) INTO v_first, v_last FROM periods_of(p_periods) AS p;
    v_back := returning_slots(p_provider_id, v_first, v_last, p_periods);
    IF NOT p_is_dry THEN
        PERFORM FROM slots AS s WHERE s.id = ANY (v_back) ORDER BY s.id FOR NO KEY UPDATE;
    END IF;
    SELECT range_agg(tstzrange(
               s.start_at - make_interval(mins => coalesce(sv.buffer_before_minutes, 0)),
               s.end_at + make_interval(mins => coalesce(sv.buffer_after_minutes, 0))))
    INTO v_taken
    FROM slots AS s
    LEFT JOIN services AS sv ON sv.id = s.service_id
    WHERE s.provider_id = p_provider_id AND s.deleted_at IS NULL
      -- No slot is longer than a day, and no buffer.
      AND s.start_at > v_first - interval '2 days' AND s.start_at < v_last + interval '1 day'
      AND NOT EXISTS (SELECT FROM unnest(p_gone) AS g (id) WHERE g.id = s.id);

    v_busy := provider_busy_times(p_provider_id, v_first, v_last);

    WITH known AS MATERIALIZED (
        SELECT s.start_at, s.end_at FROM slots AS s
        WHERE s.provider_id = p_provider_id AND s.deleted_at IS NULL
          AND s.start_at BETWEEN v_first AND v_last
          AND NOT EXISTS (SELECT FROM unnest(p_gone) AS g (id) WHERE g.id = s.id)
        GROUP BY s.start_at, s.end_at
    ), hidden AS MATERIALIZED (
        SELECT DISTINCT ON (s.start_at, s.end_at)
               s.id, s.start_at, s.end_at, s.origin, s.facility_id, s.service_id
        FROM slots AS s
        WHERE s.provider_id = p_provider_id AND s.deleted_at IS NOT NULL
          AND s.start_at BETWEEN v_first AND v_last
        ORDER BY s.start_at, s.end_at, s.deleted_at DESC, s.id
    ), judged AS MATERIALIZED (
        SELECT p.*, CASE WHEN h.id = ANY (v_back) THEN h.id END AS returns, CASE
            WHEN k.start_at IS NOT NULL THEN 'existing'
            WHEN p.start_at <= v_now THEN 'past'
            WHEN v_taken && tstzrange(p.busy_start, p.busy_end) THEN 'overlap'
            WHEN h.origin IS DISTINCT FROM 'withdrawn' AND h.id IS NOT NULL AND NOT p.is_new
                THEN 'deleted'
            WHEN v_busy && tstzrange(p.start_at, p.end_at) THEN 'calendar'
            ELSE 'free' END AS verdict
        FROM periods_of(p_periods) AS p
        LEFT JOIN known AS k ON k.start_at = p.start_at AND k.end_at = p.end_at
        LEFT JOIN hidden AS h ON h.start_at = p.start_at AND h.end_at = p.end_at
    ), returned AS (
        UPDATE slots AS s SET deleted_at = NULL, status = 'available', origin = 'schedule'
        FROM judged AS j
        WHERE s.id = j.returns AND j.verdict = 'free' AND NOT p_is_dry
    ), inserted AS (
        INSERT INTO slots (id, provider_id, facility_id, service_id, start_at, end_at, origin)
        SELECT new_uuid_v7(), p_provider_id, j.facility_id, j.service_id, j.start_at, j.end_at,
               'schedule'
        FROM judged AS j
        WHERE j.verdict = 'free' AND j.returns IS NULL AND NOT p_is_dry
        ORDER BY j.start_at
    )
    SELECT count(*) FILTER (WHERE j.verdict = 'free'),
           count(*) FILTER (WHERE j.verdict = 'existing'),
           coalesce(
               jsonb_agg(jsonb_build_object('start', wire_time(j.start_at), 'reason', j.verdict)
                         ORDER BY j.start_at)
               FILTER (WHERE j.verdict NOT IN ('free', 'existing')), '[]')
    INTO created, existing, skipped
    FROM judged AS j;
    IF NOT p_is_dry AND skipped @> '[{"reason": "calendar"}]' THEN
        INSERT INTO busy_skips (provider_id) VALUES (p_provider_id) ON CONFLICT DO NOTHING;
    END IF;
END
$$;

-- Remembers that a provider's slots have to be laid out again; without a schedule there is nothing
-- to do. By id, so that two changes of many providers do not wait for each other crosswise.
CREATE OR REPLACE FUNCTION mark_calendars(p_provider_ids uuid[]) RETURNS void
LANGUAGE sql VOLATILE AS $$
    INSERT INTO stale_calendars (provider_id)
    SELECT s.provider_id FROM schedules AS s
    WHERE s.provider_id = ANY (p_provider_ids)
    ORDER BY s.provider_id
    ON CONFLICT (provider_id) DO UPDATE SET first_day = NULL, due_at = clock_timestamp()
$$;

-- What slots are made from, beside the schedule itself: the provider's zone, what it is linked to,
-- how long its services take.
CREATE OR REPLACE FUNCTION mark_calendar_of_provider() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_calendars(ARRAY[NEW.id]);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION mark_calendars_of_service() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_calendars(ARRAY(
        SELECT ps.provider_id FROM provider_services AS ps WHERE ps.service_id = NEW.id));
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION mark_calendars_of_links() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_calendars(ARRAY(SELECT DISTINCT l.provider_id FROM changed_links AS l));
    RETURN NULL;
END
$$;

-- Remembers that a calendar was laid out up to a day only, from which a worker goes on. Whoever marks
-- it meanwhile waits for this transaction, and then begins at the present.
CREATE OR REPLACE FUNCTION continue_laying(p_provider_id uuid, p_first_day date) RETURNS void
LANGUAGE sql VOLATILE AS $$
    INSERT INTO stale_calendars AS m (provider_id, first_day)
    VALUES (p_provider_id, p_first_day)
    ON CONFLICT (provider_id) DO UPDATE
    SET first_day = excluded.first_day, due_at = clock_timestamp()
$$;
