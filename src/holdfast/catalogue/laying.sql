-- Laying out a calendar: what the schedule lacks is withdrawn (SPEC 4.2). docs/concurrency.md, "A
-- schedule takes effect", has the argument. Lock order: the calendar, then slot rows by id.

-- Locks a provider's calendar and reads what its slots are made from, as it is then. Without a
-- provider `timezone` is NULL, without a schedule `schedule` is. `last_start`: where the last slot
-- begins that ever came from the schedule; `unknown_until`: the last one to come of which that is
-- not known (see adopt_slots); NULL where there is none.
--
-- p_settles: the caller lays out the calendar, which need not be remembered any more; `was_marked`
-- and `first_day` say what was. The mark goes before anything is read: whoever changes something
-- after that finds none, waits for this transaction, and marks the calendar again.
CREATE OR REPLACE FUNCTION lock_schedule(
    p_provider_id uuid, p_settles boolean,
    OUT was_marked boolean, OUT first_day date,
    OUT timezone text, OUT schedule json, OUT facility_ids uuid[], OUT services json,
    OUT now timestamptz, OUT last_start timestamptz, OUT unknown_until timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT p.timezone INTO timezone FROM lock_provider_calendar(p_provider_id) AS p;
    IF p_settles THEN
        DELETE FROM stale_calendars AS m WHERE m.provider_id = p_provider_id
        RETURNING m.first_day INTO first_day;
    END IF;
    was_marked := p_settles AND FOUND;
    now := clock_timestamp();
    SELECT schedule_document(s) INTO schedule
    FROM schedules AS s WHERE s.provider_id = p_provider_id;
    facility_ids := ARRAY(
        SELECT pf.facility_id FROM provider_facilities AS pf
        WHERE pf.provider_id = p_provider_id);
    SELECT coalesce(json_agg(service_document(s)), '[]') INTO services
    FROM provider_services AS ps JOIN services AS s ON s.id = ps.service_id
    WHERE ps.provider_id = p_provider_id AND s.deleted_at IS NULL;
    last_start := greatest(
        (SELECT s.start_at FROM slots AS s
         WHERE s.provider_id = p_provider_id AND s.deleted_at IS NULL AND s.start_at > now
           AND s.origin IN ('schedule', 'surplus')
         ORDER BY s.start_at DESC LIMIT 1),
        (SELECT s.start_at FROM slots AS s
         WHERE s.provider_id = p_provider_id AND s.deleted_at IS NOT NULL AND s.start_at > now
           AND s.origin IN ('schedule', 'withdrawn')
         ORDER BY s.start_at DESC LIMIT 1));
    SELECT s.start_at INTO unknown_until FROM slots AS s
    WHERE s.provider_id = p_provider_id AND s.deleted_at IS NULL AND s.start_at > now
      AND s.origin IS NULL
    ORDER BY s.start_at DESC LIMIT 1;
END
$$;

-- Periods as they come from the server, as rows. `isNew`: the schedule before this one lacked it.
CREATE OR REPLACE FUNCTION periods_of(p_periods jsonb) RETURNS TABLE (
    start_at timestamptz, end_at timestamptz, busy_start timestamptz, busy_end timestamptz,
    facility_id uuid, service_id uuid, is_new boolean
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1000 AS $$
    SELECT p.start, p."end", p."busyStart", p."busyEnd", p."facilityId", p."serviceId",
           coalesce(p."isNew", false)
    FROM jsonb_to_recordset(p_periods) AS p (
        start timestamptz, "end" timestamptz, "busyStart" timestamptz, "busyEnd" timestamptz,
        "facilityId" uuid, "serviceId" uuid, "isNew" boolean)
$$;

-- The slots of a provider that came from the schedule, begin behind p_from and the present, and before
-- p_to, are not blocked by staff; and whether one of the periods asks for exactly them. Nested loops are what a
-- planner chooses that expects few rows, and they would compare each slot with each period.
CREATE OR REPLACE FUNCTION calendar_slots(
    p_provider_id uuid, p_from timestamptz, p_to timestamptz, p_periods jsonb
) RETURNS TABLE (id uuid, origin slot_origin, is_wanted boolean)
LANGUAGE sql VOLATILE SET enable_nestloop = off AS $$
    SELECT s.id, s.origin, p.start_at IS NOT NULL
    FROM slots AS s
    LEFT JOIN periods_of(p_periods) AS p ON p.start_at = s.start_at AND p.end_at = s.end_at
        AND p.facility_id = s.facility_id AND p.service_id IS NOT DISTINCT FROM s.service_id
    WHERE s.provider_id = p_provider_id AND s.deleted_at IS NULL
      AND s.start_at > greatest(p_from, clock_timestamp()) AND s.start_at < p_to
      AND s.origin IN ('schedule', 'surplus')
      AND (s.status <> 'blocked' OR is_blocked_by_calendar(s))
$$;

-- The slots out of sight that one of the periods may bring back: of those at its time, the one that
-- went last, if it was withdrawn, or if staff deleted it and the period is new in the schedule.
CREATE OR REPLACE FUNCTION returning_slots(
    p_provider_id uuid, p_from timestamptz, p_to timestamptz, p_periods jsonb
) RETURNS uuid[]
LANGUAGE sql VOLATILE SET enable_nestloop = off AS $$
    SELECT coalesce(array_agg(g.id), '{}')
    FROM (
        SELECT DISTINCT ON (s.start_at, s.end_at) s.*
        FROM slots AS s
        WHERE s.provider_id = p_provider_id AND s.deleted_at IS NOT NULL
          AND s.start_at >= p_from AND s.start_at < p_to
        ORDER BY s.start_at, s.end_at, s.deleted_at DESC, s.id
    ) AS g
    JOIN periods_of(p_periods) AS p ON p.start_at = g.start_at AND p.end_at = g.end_at
        AND p.facility_id = g.facility_id AND p.service_id IS NOT DISTINCT FROM g.service_id
    WHERE g.origin = 'withdrawn' OR p.is_new
$$;

-- A slot that a change has to leave as it is, since somebody has it.
CREATE OR REPLACE FUNCTION slot_conflict(s slots) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'slotId', s.id, 'appointmentId', s.appointment_id, 'start', wire_time(s.start_at)))
$$;

-- Decides of the slots to come up to a time whose origin was not recorded yet (they are older than
-- that column): they came from the schedule when it asks for exactly them, or when the server
-- published them and nobody moved them. All others are staff's own.
CREATE OR REPLACE FUNCTION adopt_slots(p_provider_id uuid, p_until timestamptz, p_periods jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off AS $$
DECLARE
    v_ids uuid[];
BEGIN
    PERFORM lock_provider_calendar(p_provider_id);
    v_ids := ARRAY(
        SELECT s.id FROM slots AS s
        WHERE s.provider_id = p_provider_id AND s.deleted_at IS NULL AND s.origin IS NULL
          AND s.start_at > clock_timestamp() AND s.start_at <= p_until);
    PERFORM FROM slots AS s WHERE s.id = ANY (v_ids) ORDER BY s.id FOR NO KEY UPDATE;
    UPDATE slots AS s SET origin = j.origin::slot_origin
    FROM (
        SELECT o.id, CASE WHEN p.start_at IS NOT NULL OR EXISTS (
                SELECT FROM slot_audit AS e
                WHERE e.slot_id = o.id AND e.version = 1
                  AND e.actor_type = 'system' AND e.actor_name = 'Holdfast'
            ) AND NOT EXISTS (
                SELECT FROM slot_audit AS e
                WHERE e.slot_id = o.id AND e.version > 1 AND e.changes ?| ARRAY['start', 'end']
            ) THEN 'schedule' ELSE 'staff' END AS origin
        FROM slots AS o
        LEFT JOIN periods_of(p_periods) AS p ON p.start_at = o.start_at AND p.end_at = o.end_at
            AND p.facility_id = o.facility_id AND p.service_id IS NOT DISTINCT FROM o.service_id
        WHERE o.id = ANY (v_ids)
    ) AS j
    WHERE s.id = j.id AND s.deleted_at IS NULL;
END
$$;

-- Withdraws what the schedule lacks between two times: slots that came from it, that none of the
-- periods asks for, and that nobody has. What staff blocked stays, as they wanted it. What is held or
-- booked stays, too, is told as a conflict, and becomes surplus: it goes when it is given back
-- (record_slot_change() sees to that). Surplus that the schedule has again is its own again.
--
-- All rows that this transaction may change are locked here, by id, those that publish_slots() will
-- bring back included; only then is it decided who has a slot, by the clock after the locks.
--
-- p_is_dry: only say what would be done; `gone` is what would be withdrawn.
CREATE OR REPLACE FUNCTION withdraw_slots(
    p_actor jsonb, p_provider_id uuid, p_from timestamptz, p_to timestamptz, p_periods jsonb,
    p_is_dry boolean,
    OUT withdrawn integer, OUT gone uuid[], OUT conflicts jsonb, OUT conflict_count integer
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_lacking uuid[];
    v_again   uuid[];
    v_slot    slots;
BEGIN
    PERFORM act_as(p_actor, 'The schedule lacks it.');
    PERFORM lock_provider_calendar(p_provider_id);
    SELECT array_agg(c.id) FILTER (WHERE NOT c.is_wanted),
           array_agg(c.id) FILTER (WHERE c.is_wanted AND c.origin = 'surplus')
    INTO v_lacking, v_again
    FROM calendar_slots(p_provider_id, p_from, p_to, p_periods) AS c;
    v_lacking := coalesce(v_lacking, '{}');
    IF NOT p_is_dry THEN
        PERFORM FROM slots AS s
        WHERE s.id = ANY (v_lacking || v_again
                          || returning_slots(p_provider_id, p_from, p_to, p_periods))
        ORDER BY s.id FOR NO KEY UPDATE;
        UPDATE slots AS s SET origin = 'schedule'
        WHERE s.id = ANY (v_again) AND s.origin = 'surplus' AND s.deleted_at IS NULL;
        FOR v_slot IN
            SELECT s.* FROM slots AS s
            WHERE s.id = ANY (v_lacking) AND s.status = 'held'
              AND s.held_until <= clock_timestamp() AND s.deleted_at IS NULL
            ORDER BY s.id
        LOOP
            PERFORM expire_hold(v_slot);
        END LOOP;
    END IF;
    -- A hold that has run out by now counts as one in earnest; the sweep of it withdraws the slot.
    gone := ARRAY(
        SELECT s.id FROM slots AS s
        WHERE s.id = ANY (v_lacking) AND s.deleted_at IS NULL AND (
            s.status = 'available' OR is_blocked_by_calendar(s)
            OR p_is_dry AND s.status = 'held' AND s.held_until <= clock_timestamp()));
    withdrawn := cardinality(gone);
    IF NOT p_is_dry THEN
        UPDATE slots AS s SET deleted_at = clock_timestamp(), origin = 'withdrawn'
        WHERE s.id = ANY (gone);
        UPDATE slots AS s SET origin = 'surplus'
        WHERE s.id = ANY (v_lacking) AND s.deleted_at IS NULL AND s.status IN ('held', 'booked');
        SELECT count(*) INTO withdrawn FROM slots AS s
        WHERE s.id = ANY (v_lacking) AND s.origin = 'withdrawn';
    END IF;
    SELECT count(*),
           coalesce(jsonb_agg(slot_conflict(c.slot) ORDER BY c.number)
                    FILTER (WHERE c.number <= 1000), '[]')
    INTO conflict_count, conflicts
    FROM (
        SELECT s AS slot, row_number() OVER (ORDER BY s.start_at, s.id) AS number
        FROM slots AS s
        WHERE s.id = ANY (v_lacking) AND s.deleted_at IS NULL AND NOT s.id = ANY (gone)
          AND s.status IN ('held', 'booked')
    ) AS c;
END
$$;
