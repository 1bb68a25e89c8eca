-- A provider's calendar: who may publish on it, its schedule, and the slots made from it.

-- The right to publish, move or unblock slots of a provider, until the end of the transaction; the
-- provider's row, or NULLs when there is none (any more). Whoever makes a slot open takes this
-- first (before any slot row), so that overlaps are found by looking instead of by the exclusion
-- constraint, which makes concurrent writers deadlock (FACTS 3). Bookings do not need it.
CREATE OR REPLACE FUNCTION lock_provider_calendar(p_provider_id uuid) RETURNS providers
LANGUAGE sql VOLATILE AS $$
    SELECT p.* FROM providers AS p
    WHERE p.id = p_provider_id AND p.deleted_at IS NULL
    FOR NO KEY UPDATE
$$;

-- The service, if this provider offers it now (at this facility, where one is named), kept from
-- being removed until the end of the transaction. For whoever adds an appointment: see
-- functions.sql. The caller holds the slot's row already, if there is one.
CREATE OR REPLACE FUNCTION lock_offered_service(
    p_provider_id uuid, p_service_id uuid, p_facility_id uuid DEFAULT NULL
) RETURNS SETOF services
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM FROM providers AS p
    WHERE p.id = p_provider_id AND p.is_active AND p.deleted_at IS NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF p_facility_id IS NOT NULL THEN
        PERFORM FROM facilities AS f
        WHERE f.id = p_facility_id AND f.deleted_at IS NULL FOR KEY SHARE;
        IF NOT FOUND THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
        SELECT s.* FROM services AS s
        WHERE s.id = p_service_id AND s.is_active AND s.deleted_at IS NULL
          AND EXISTS (SELECT FROM provider_services AS ps
                      WHERE ps.provider_id = p_provider_id AND ps.service_id = s.id)
        FOR KEY SHARE OF s;
END
$$;

-- A schedule as the API shows it.
CREATE OR REPLACE FUNCTION schedule_document(s schedules) RETURNS json
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT json_build_object('weekly', s.weekly, 'breaks', s.breaks, 'exceptions', s.exceptions,
        'slotMinutes', s.slot_minutes, 'version', s.version)
$$;

-- The fields of a schedule that name a facility or service which is not the provider's.
CREATE OR REPLACE FUNCTION foreign_fields(p_provider_id uuid, p_schedule jsonb) RETURNS text[]
LANGUAGE sql STABLE AS $$
    WITH named AS (
        SELECT l.list, e.at - 1 AS at, e.entry
        FROM (VALUES ('weekly'), ('exceptions')) AS l (list),
             jsonb_array_elements(p_schedule -> l.list) WITH ORDINALITY AS e (entry, at)
    )
    SELECT array_agg(f.field ORDER BY f.list DESC, f.at, f.field) FROM (
        SELECT n.list, n.at, n.list || '.' || n.at || '.facilityId' AS field
        FROM named AS n
        WHERE n.entry ? 'facilityId' AND NOT EXISTS (
            SELECT FROM provider_facilities AS pf
            WHERE pf.provider_id = p_provider_id
              AND pf.facility_id = (n.entry ->> 'facilityId')::uuid)
        UNION ALL
        SELECT n.list, n.at, n.list || '.' || n.at || '.serviceId'
        FROM named AS n
        WHERE n.entry ? 'serviceId' AND NOT EXISTS (
            SELECT FROM provider_services AS ps
            WHERE ps.provider_id = p_provider_id
              AND ps.service_id = (n.entry ->> 'serviceId')::uuid)
    ) AS f
$$;

-- Puts a provider's schedule. The provider's row is locked first, so that of two first ones the
-- second finds the first. What does not exist yet has version 0 and matches no tag.
-- Outcomes: created, replaced (also when nothing differs), not_found (no such provider),
-- foreign_fields (see `fields`), or of check_preconditions.
CREATE OR REPLACE FUNCTION put_schedule(
    p_actor jsonb, p_provider_id uuid, p_precondition jsonb, p_schedule jsonb,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz,
    OUT fields text[]
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    p providers;
    s schedules;
BEGIN
    PERFORM act_as(p_actor);
    SELECT * INTO p FROM lock_provider_calendar(p_provider_id);
    SELECT * INTO s FROM schedules AS x WHERE x.provider_id = p_provider_id FOR NO KEY UPDATE;
    outcome := CASE
        WHEN p.id IS NULL THEN 'not_found'
        WHEN s.provider_id IS NOT NULL THEN
            check_preconditions(p_precondition, s.version, s.updated_at, s.changed_before)
        WHEN p_precondition ->> 'ifMatch' IS NOT NULL THEN 'precondition_failed'
        WHEN (p_precondition ->> 'version')::integer <> 0 THEN 'version_conflict' END;
    IF outcome IS NULL THEN
        fields := foreign_fields(p_provider_id, p_schedule);
        outcome := CASE WHEN fields IS NOT NULL THEN 'foreign_fields' END;
    END IF;
    IF outcome IS NULL THEN
        outcome := CASE WHEN s.provider_id IS NULL THEN 'created' ELSE 'replaced' END;
        INSERT INTO schedules AS x (provider_id, weekly, breaks, exceptions, slot_minutes)
        VALUES (p_provider_id, p_schedule -> 'weekly', p_schedule -> 'breaks',
                p_schedule -> 'exceptions', (p_schedule ->> 'slotMinutes')::integer)
        ON CONFLICT (provider_id) DO UPDATE
        SET weekly = excluded.weekly, breaks = excluded.breaks, exceptions = excluded.exceptions,
            slot_minutes = excluded.slot_minutes
        RETURNING x.* INTO s;
    END IF;
    document := CASE WHEN s.provider_id IS NOT NULL THEN schedule_document(s) END;
    version := s.version;
    updated_at := s.updated_at;
END
$$;

-- Locks a provider's calendar and reads what its slots are made from, as it is then.
-- Without a provider `timezone` is NULL, without a schedule `schedule` is.
CREATE OR REPLACE FUNCTION lock_schedule(
    p_provider_id uuid,
    OUT timezone text, OUT schedule json, OUT facility_ids uuid[], OUT services json,
    OUT now timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT p.timezone INTO timezone FROM lock_provider_calendar(p_provider_id) AS p;
    now := clock_timestamp();
    SELECT schedule_document(s) INTO schedule
    FROM schedules AS s WHERE s.provider_id = p_provider_id;
    facility_ids := ARRAY(
        SELECT pf.facility_id FROM provider_facilities AS pf
        WHERE pf.provider_id = p_provider_id);
    SELECT coalesce(json_agg(service_document(s)), '[]') INTO services
    FROM provider_services AS ps JOIN services AS s ON s.id = ps.service_id
    WHERE ps.provider_id = p_provider_id AND s.is_active;
END
$$;

-- Publishes those periods that are free: [{start, end, busyStart, busyEnd, facilityId,
-- serviceId?}], which do not overlap each other. The calendar is locked first and everything is
-- decided by a later statement, so that of two runs at once the second finds the first one's
-- slots. Nothing is left to ON CONFLICT: the audit trigger would have written its rows already.
-- Answers how many were created, how many existed (same start and end, in whatever state), and the
-- others as [{start, reason}]: past, overlap (a slot is in the way, a blocked one included, or
-- lies in the buffers), deleted (staff took this very slot away: it does not come back).
CREATE OR REPLACE FUNCTION publish_slots(
    p_actor jsonb, p_provider_id uuid, p_periods jsonb,
    OUT created integer, OUT existing integer, OUT skipped jsonb
)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM act_as(p_actor);
    PERFORM lock_provider_calendar(p_provider_id);
    FOR v_attempt IN 1..5 LOOP
        BEGIN
            SELECT r.* INTO created, existing, skipped
            FROM publish_free_periods(p_provider_id, p_periods) AS r;
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
    p_provider_id uuid, p_periods jsonb,
    OUT created integer, OUT existing integer, OUT skipped jsonb
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now   timestamptz := clock_timestamp();
    v_first timestamptz;
    v_last  timestamptz;
    v_taken tstzmultirange;
BEGIN
    SELECT min((e ->> 'busyStart')::timestamptz), max((e ->> 'busyEnd')::timestamptz)
    INTO v_first, v_last
    FROM jsonb_array_elements(p_periods) AS e;
    SELECT range_agg(s.during) INTO v_taken
    FROM slots AS s
    WHERE s.provider_id = p_provider_id AND s.deleted_at IS NULL
      -- No slot is longer than a day.
      AND s.start_at > v_first - interval '1 day' AND s.start_at < v_last;

    WITH known AS MATERIALIZED (
        SELECT k.start_at, k.end_at, bool_or(k.is_there) AS is_there
        FROM (
            SELECT s.start_at, s.end_at, true AS is_there FROM slots AS s
            WHERE s.provider_id = p_provider_id AND s.deleted_at IS NULL
              AND s.start_at BETWEEN v_first AND v_last
            UNION ALL
            SELECT s.start_at, s.end_at, false FROM slots AS s
            WHERE s.provider_id = p_provider_id AND s.deleted_at IS NOT NULL
              AND s.start_at BETWEEN v_first AND v_last
        ) AS k
        GROUP BY k.start_at, k.end_at
    ), judged AS MATERIALIZED (
        SELECT p.*, CASE
            WHEN k.is_there THEN 'existing'
            WHEN p.start <= v_now THEN 'past'
            WHEN v_taken && tstzrange(p."busyStart", p."busyEnd") THEN 'overlap'
            WHEN NOT k.is_there THEN 'deleted'
            ELSE 'free' END AS verdict
        FROM jsonb_to_recordset(p_periods) AS p (
            start timestamptz, "end" timestamptz, "busyStart" timestamptz,
            "busyEnd" timestamptz, "facilityId" uuid, "serviceId" uuid)
        LEFT JOIN known AS k ON k.start_at = p.start AND k.end_at = p."end"
    ), inserted AS (
        INSERT INTO slots (id, provider_id, facility_id, service_id, start_at, end_at)
        SELECT new_uuid_v7(), p_provider_id, j."facilityId", j."serviceId", j.start, j."end"
        FROM judged AS j WHERE j.verdict = 'free' ORDER BY j.start
        RETURNING id
    )
    SELECT (SELECT count(*) FROM inserted),
           count(*) FILTER (WHERE j.verdict = 'existing'),
           coalesce(
               jsonb_agg(jsonb_build_object('start', wire_time(j.start), 'reason', j.verdict)
                         ORDER BY j.start)
               FILTER (WHERE j.verdict NOT IN ('free', 'existing')), '[]')
    INTO created, existing, skipped
    FROM judged AS j;
END
$$;
