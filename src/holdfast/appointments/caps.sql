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
    v_open  record;
BEGIN
    -- No appointment is longer than a day, so this is a look at those to come (appointments_user_open_idx).
    SELECT count(*) FILTER (WHERE a.status::text = p_kind AND a.start_at > v_now) AS number,
           min(a.start_at) FILTER (WHERE a.status::text = p_kind AND a.start_at > v_now) AS first,
           (array_agg(a ORDER BY a.start_at)
               FILTER (WHERE a.during && tstzrange(p_start, p_end)))[1] AS overlapping
    INTO v_open
    FROM appointments AS a
    WHERE a.user_id = p_user_id AND a.status IN ('requested', 'confirmed') AND a.deleted_at IS NULL
      AND a.start_at > least(v_now, p_start) - interval '1 day'
      AND a.id IS DISTINCT FROM p_except;
    IF p_kind IS NOT NULL AND v_limit <= v_open.number THEN
        outcome := 'too_many_appointments';
        details := jsonb_build_object(
            'limit', v_limit, 'status', p_kind,
            'retryAfterSeconds', ceil(extract(epoch FROM v_open.first - v_now))::integer);
    ELSIF (v_open.overlapping).id IS NOT NULL THEN
        outcome := 'client_overlap';
        details := jsonb_build_object(
            'appointmentId', (v_open.overlapping).id,
            'start', wire_time((v_open.overlapping).start_at),
            'end', wire_time((v_open.overlapping).end_at),
            'status', (v_open.overlapping).status);
    END IF;
END
$$;
