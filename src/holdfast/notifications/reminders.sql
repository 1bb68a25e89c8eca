-- Reminders: found when they are due, never stored ahead (docs/notifications.md, "Reminders").

-- When a reminder goes that is looked at now; NULL: not now. It goes now, or when the quiet hours end.
--
-- p_booked: when the appointment was booked or last moved. p_from, p_to: quiet hours on the wall of
-- p_zone; equal: there are none.
CREATE OR REPLACE FUNCTION reminder_goes_at(
    p_now timestamptz, p_start timestamptz, p_minutes integer, p_booked timestamptz, p_waits boolean,
    p_zone text, p_from time, p_to time
) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_lead   interval := make_interval(mins => p_minutes);
    v_due    timestamptz := p_start - v_lead;
    v_begins timestamptz;  -- of the quiet hours in which it is due
    v_ends   timestamptz;
    v_before timestamptz;
BEGIN
    -- Whoever has just booked knows when it is. A late one goes while more than half of the lead is left.
    IF p_booked > v_due - interval '1 hour' OR p_now >= p_start - v_lead / 2 THEN
        RETURN NULL;
    END IF;
    IF p_waits THEN
        SELECT q.begins, q.ends INTO v_begins, v_ends
        FROM quiet_hours_at(greatest(p_now, v_due), p_zone, p_from, p_to) AS q;
        IF v_ends > p_start - interval '60 minutes' THEN
            -- The morning would be too late: the evening before, unless it was booked after that.
            v_before := v_begins - interval '5 minutes';
            IF p_now < v_due AND NOT (p_booked <= v_before AND p_now >= v_before
                                      AND p_now < v_begins) THEN
                RETURN NULL;
            END IF;
            RETURN p_now;
        END IF;
    END IF;
    RETURN CASE WHEN p_now >= v_due THEN coalesce(v_ends, p_now) END;
END
$$;

-- Whether a channel is the right one for a reminder so long before: mail for what is a day away or more,
-- a push message for what is near, an SMS for all; a person's longest one also comes by mail, and the
-- shortest one as a push message, so that each channel has one.
CREATE OR REPLACE FUNCTION reminds_by(p_channel text, p_minutes integer, p_all integer[])
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_channel
        WHEN 'email' THEN p_minutes >= 1440 OR p_minutes = (SELECT max(m) FROM unnest(p_all) AS m)
        WHEN 'push' THEN p_minutes < 1440 OR p_minutes = (SELECT min(m) FROM unnest(p_all) AS m)
        ELSE true END
$$;

-- The times before the start at which a person is reminded, in minutes.
CREATE OR REPLACE FUNCTION reminder_minutes_of(p_settings jsonb, p_default integer[])
RETURNS integer[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_settings ? 'reminderMinutes'
        THEN ARRAY(SELECT m::integer FROM jsonb_array_elements_text(p_settings -> 'reminderMinutes') AS m)
        ELSE p_default END
$$;

-- When an appointment was booked or last moved.
CREATE OR REPLACE FUNCTION settled_time_at(a appointments) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT greatest(a.created_at, (
        SELECT max(e.at) FROM appointment_audit AS e
        WHERE e.appointment_id = a.id AND e.action IN ('accepted', 'rescheduled', 'restored')))
$$;

-- Writes the reminders of these appointments that go now; how many, by what became of them: `planned`,
-- or why they are suppressed.
CREATE OR REPLACE FUNCTION remind_of(
    p_ids uuid[], p_channels text[], p_minutes integer[], p_quiet_from time, p_quiet_to time
) RETURNS TABLE (outcome text, count integer)
-- A few rows of tables that grow for years: each is looked up, and nothing is read for a join.
LANGUAGE sql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
    WITH now AS MATERIALIZED (
        SELECT clock_timestamp() AS at
    ), person AS MATERIALIZED (
        SELECT a.id, a AS appointment, a.user_id, a.start_at, x.settings,
               reminder_minutes_of(x.settings, p_minutes) AS all_minutes,
               coalesce(u.timezone, f.timezone, v.timezone) AS zone, h.begins, h.ends
        FROM appointments AS a
        JOIN users AS u ON u.id = a.user_id
        JOIN providers AS v ON v.id = a.provider_id
        LEFT JOIN facilities AS f ON f.id = a.facility_id
        LEFT JOIN notification_settings AS n ON n.user_id = a.user_id
        CROSS JOIN LATERAL (SELECT coalesce(n.settings, '{}') AS settings) AS x
        CROSS JOIN LATERAL quiet_hours_of(x.settings, p_quiet_from, p_quiet_to) AS h
        WHERE a.id = ANY (p_ids) AND a.status = 'confirmed' AND a.deleted_at IS NULL
    ), evening AS MATERIALIZED (
        -- Where the night begins within five minutes: what is due in it may have to come before.
        SELECT k.* FROM (SELECT DISTINCT zone, begins, ends FROM person) AS k
        CROSS JOIN now
        CROSS JOIN LATERAL quiet_hours_at(now.at + interval '5 minutes', k.zone, k.begins, k.ends) AS q
        WHERE q.begins > now.at
    ), near AS MATERIALIZED (
        SELECT p.*, m.minutes, now.at FROM person AS p
        CROSS JOIN LATERAL unnest(p.all_minutes) AS m (minutes)
        CROSS JOIN LATERAL (
            SELECT p.start_at - make_interval(mins => m.minutes) AS at,
                   p.start_at - make_interval(mins => m.minutes) / 2 AS too_late
        ) AS due
        CROSS JOIN now
        WHERE now.at < due.too_late
          AND (now.at >= due.at
               OR EXISTS (SELECT FROM evening AS e
                          WHERE (e.zone, e.begins, e.ends) = (p.zone, p.begins, p.ends))
                  AND may_be_disturbed(p.user_id, p.settings))
          -- Cheaper to see here than by each key: what was written when it was due is written.
          AND NOT EXISTS (
              SELECT FROM deliveries AS d
              WHERE d.appointment_id = p.id AND d.purpose = 'reminder' AND d.start_at = p.start_at
                AND d.dedupe_key LIKE 'reminder:' || p.id || ':' || m.minutes || ':%'
                AND d.created_at >= CASE WHEN now.at >= due.at THEN due.at ELSE '-infinity' END)
    ), written AS (
        INSERT INTO deliveries (id, channel, purpose, state, reason, settled_at, lane, user_id,
                                subscription_id, appointment_id, start_at, dedupe_key, due_at,
                                expires_at)
        SELECT new_uuid_v7(), w.channel, 'reminder',
               CASE WHEN w.reason IS NULL THEN 'pending' ELSE 'suppressed' END, w.reason,
               CASE WHEN w.reason IS NOT NULL THEN n.at END,
               ensure_lane(w.lane, w.channel), n.user_id, w.subscription_id, n.id, n.start_at, k.key,
               g.at, least(delivery_expiry(w.channel, 'reminder', g.at, n.start_at),
                           g.at + (n.start_at - g.at) / 2)
        FROM near AS n
        CROSS JOIN LATERAL notification_ways(
            n.user_id, 'reminder', n.start_at, true, p_channels) AS w
        CROSS JOIN LATERAL (
            SELECT 'reminder:' || n.id || ':' || n.minutes || ':' || wire_time(n.start_at) || ':'
                   || w.channel || coalesce(':' || w.subscription_id, '') AS key
        ) AS k
        CROSS JOIN LATERAL (
            SELECT reminder_goes_at(
                n.at, n.start_at, n.minutes, settled_time_at(n.appointment), w.channel <> 'email',
                n.zone, n.begins, n.ends) AS at
            WHERE reminds_by(w.channel, n.minutes, n.all_minutes)
              AND NOT EXISTS (SELECT FROM deliveries AS d WHERE d.dedupe_key = k.key)
        ) AS g
        WHERE g.at IS NOT NULL
        ON CONFLICT (dedupe_key) DO NOTHING
        RETURNING coalesce(reason, 'planned') AS outcome
    )
    SELECT w.outcome, count(*)::integer FROM written AS w GROUP BY w.outcome
$$;

-- Whether a person gets reminders on a telephone, which have to mind the night.
CREATE OR REPLACE FUNCTION may_be_disturbed(p_user_id uuid, p_settings jsonb) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM push_subscriptions AS s WHERE s.user_id = p_user_id)
           AND coalesce(notification_choice(p_settings, 'push', 'reminders'), true)
        OR coalesce(notification_choice(p_settings, 'sms', 'reminders'), false)
$$;

-- One pass: looks at the appointments for which a reminder has become due since the last one, and at the
-- next ones of the second look. Each time before the start has a row that says how far it was looked for;
-- its lock is the lease. Who finds it locked passes it over.
--
-- p_limit: of such rows, and of appointments for each; p_minutes: reminders of who chose none.
CREATE OR REPLACE FUNCTION plan_reminders(
    p_limit integer, p_channels text[], p_minutes integer[], p_quiet_from time, p_quiet_to time
) RETURNS TABLE (outcome text, count integer)
-- The first so many by start are the beginning of a walk along an index, whatever their number is taken for.
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    v_now  timestamptz;
    v_ids  uuid[] := '{}';
    v_some uuid[];
    v_last timestamptz;
    v_to   timestamptz;
    p      reminder_passes;
BEGIN
    IF EXISTS (SELECT FROM unnest(p_minutes) AS m
               WHERE NOT EXISTS (SELECT FROM reminder_passes AS x WHERE x.minutes = m)) THEN
        INSERT INTO reminder_passes (minutes) SELECT m FROM unnest(p_minutes) AS m
        ON CONFLICT DO NOTHING;
    END IF;
    FOR p IN
        SELECT * FROM reminder_passes AS x
        ORDER BY x.minutes > 0, x.passed_until - make_interval(mins => x.minutes) NULLS FIRST
        LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        v_now := clock_timestamp();
        -- The second look goes around what begins within a day, for what had to come before a night and
        -- for whatever was not as it is when the first look passed.
        v_to := v_now + CASE p.minutes WHEN 0 THEN interval '25 hours'
                             ELSE make_interval(mins => p.minutes) END;
        SELECT array_agg(f.id), max(f.start_at) INTO v_some, v_last FROM (
            SELECT a.id, a.start_at FROM appointments AS a
            WHERE a.status = 'confirmed' AND a.deleted_at IS NULL
              AND a.start_at > greatest(
                  p.passed_until, v_now + make_interval(mins => p.minutes) / 2)
              AND a.start_at <= v_to
            ORDER BY a.start_at FETCH FIRST p_limit ROWS WITH TIES
        ) AS f;
        v_ids := v_ids || coalesce(v_some, '{}');
        UPDATE reminder_passes AS x SET passed_until = CASE
            WHEN cardinality(v_some) >= p_limit THEN v_last WHEN p.minutes > 0 THEN v_to END
        WHERE x.minutes = p.minutes;
    END LOOP;
    IF v_ids <> '{}' THEN
        RETURN QUERY SELECT r.outcome, r.count
        FROM remind_of(v_ids, p_channels, p_minutes, p_quiet_from, p_quiet_to) AS r;
    END IF;
END
$$;
