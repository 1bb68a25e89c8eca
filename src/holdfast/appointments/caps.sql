-- How much a client may book (SPEC 4.5), decided while the client's advisory lock is held
-- (docs/concurrency.md, "What a client may have").

-- What keeps a client from an appointment of this kind in this period; NULL: nothing. Staff who act for
-- a client do not ask.
-- Outcomes: too_many_appointments (with the limit and which kind it is about, and when one of them
-- begins), client_overlap (with the client's own appointment or request that overlaps).
--
-- p_kind: confirmed or requested. For a move, NULL: it makes no appointment more.
-- p_except: the appointment that moves.
-- p_limits: {appointments, requests}; an absent one is no limit.
CREATE OR REPLACE FUNCTION client_booking_refusal(
    p_user_id uuid, p_start timestamptz, p_end timestamptz, p_kind text, p_except uuid,
    p_limits jsonb,
    OUT outcome text, OUT details jsonb
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_now   timestamptz := clock_timestamp();
    v_limit integer := (p_limits ->> CASE p_kind WHEN 'requested' THEN 'requests'
                                                 ELSE 'appointments' END)::integer;
    v_first timestamptz;
    v_id    uuid;
    v_other appointments;
BEGIN
    -- One statement for the usual case, that nothing keeps the client. No more than the limit are looked
    -- at, soonest first, in appointments_user_open_idx. No appointment is longer than a day.
    SELECT l.first, CASE WHEN l.first IS NULL THEN (
               SELECT a.id FROM appointments AS a
               WHERE a.user_id = p_user_id AND a.status IN ('requested', 'confirmed')
                 AND a.deleted_at IS NULL AND a.start_at > p_start - interval '1 day'
                 AND a.start_at < p_end AND a.during && tstzrange(p_start, p_end)
                 AND a.id IS DISTINCT FROM p_except
               ORDER BY a.start_at LIMIT 1) END
    INTO v_first, v_id
    FROM (
        SELECT CASE WHEN p_kind IS NOT NULL AND v_limit IS NOT NULL THEN (
            SELECT min(c.start_at) FROM (
                SELECT a.start_at FROM appointments AS a
                WHERE a.user_id = p_user_id AND a.status = p_kind::appointment_status
                  AND a.status IN ('requested', 'confirmed') AND a.deleted_at IS NULL
                  AND a.start_at > v_now AND a.id IS DISTINCT FROM p_except
                ORDER BY a.start_at LIMIT v_limit
            ) AS c HAVING count(*) >= v_limit) END AS first
        OFFSET 0
    ) AS l;
    IF v_first IS NOT NULL THEN
        outcome := 'too_many_appointments';
        details := jsonb_build_object(
            'limit', v_limit, 'status', p_kind,
            'retryAfterSeconds', ceil(extract(epoch FROM v_first - v_now))::integer);
    ELSIF v_id IS NOT NULL THEN
        SELECT * INTO v_other FROM appointments AS a WHERE a.id = v_id;
        outcome := 'client_overlap';
        details := jsonb_build_object(
            'appointmentId', v_other.id, 'start', wire_time(v_other.start_at),
            'end', wire_time(v_other.end_at), 'status', v_other.status);
    END IF;
END
$$;
