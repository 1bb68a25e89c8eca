-- A write of an appointment with its idempotency key as one call, and several of them in one
-- transaction (docs/concurrency.md, "Writes of appointments").

-- One write, whatever its verb.
--
-- p: {verb, actor, appointment, ...} with what the verb's function takes: reservation, slot,
--     precondition, lockVersion, reason, waiveFee, move, fields, rule, priority, notes, and for
--     book_directly user, provider, service, facility, start, end, ifUnavailable; for both
--     bookings limits, and for book user (who must be the reservation's)
-- Outcomes: as the verb's function.
CREATE OR REPLACE FUNCTION write_appointment(p jsonb) RETURNS appointment_result
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_actor        jsonb := p -> 'actor';
    v_appointment  uuid := (p ->> 'appointment')::uuid;
    v_reservation  uuid := (p ->> 'reservation')::uuid;
    v_precondition jsonb := coalesce(p -> 'precondition', '{}');
    v_lock_version integer := (p ->> 'lockVersion')::integer;
    v_reason       text := p ->> 'reason';
BEGIN
    CASE p ->> 'verb'
    WHEN 'book' THEN
        RETURN book_reservation(
            v_actor, v_appointment, v_reservation, p ->> 'priority', p ->> 'notes',
            (p ->> 'user')::uuid, coalesce(p -> 'limits', '{}'));
    WHEN 'book_directly' THEN
        RETURN book_directly(
            v_actor, v_appointment, (p ->> 'user')::uuid, (p ->> 'provider')::uuid,
            (p ->> 'service')::uuid, (p ->> 'facility')::uuid, (p ->> 'start')::timestamptz,
            (p ->> 'end')::timestamptz, p ->> 'priority', p ->> 'notes', p ->> 'ifUnavailable',
            coalesce(p -> 'limits', '{}'));
    WHEN 'reschedule' THEN
        RETURN reschedule_appointment(
            v_actor, v_appointment, v_reservation, v_precondition, v_lock_version, v_reason);
    WHEN 'cancel' THEN
        RETURN cancel_appointment(
            v_actor, v_appointment, v_precondition, v_lock_version, v_reason,
            (p ->> 'waiveFee')::boolean);
    WHEN 'complete', 'no_show' THEN
        RETURN end_appointment(
            v_actor, v_appointment, v_precondition, v_lock_version, v_reason,
            CASE p ->> 'verb' WHEN 'complete' THEN 'completed' ELSE 'no_show' END);
    WHEN 'reopen' THEN
        RETURN reopen_appointment(
            v_actor, v_appointment, v_precondition, v_lock_version, v_reason);
    WHEN 'confirm' THEN
        RETURN confirm_attendance(
            v_actor, v_appointment, v_precondition, v_lock_version, v_reason);
    WHEN 'edit' THEN
        RETURN edit_appointment(
            v_actor, v_appointment, v_precondition, v_lock_version, v_reason, p -> 'fields',
            p ->> 'rule');
    WHEN 'delete' THEN
        RETURN delete_appointment(
            v_actor, v_appointment, v_precondition, v_lock_version, v_reason);
    WHEN 'restore' THEN
        RETURN restore_appointment(
            v_actor, v_appointment, v_precondition, v_lock_version, v_reason);
    WHEN 'accept' THEN
        RETURN accept_appointment(
            v_actor, (p ->> 'slot')::uuid, v_appointment, v_precondition, v_lock_version, v_reason,
            coalesce((p ->> 'move')::boolean, false));
    END CASE;
END
$$;

-- One write, once for its idempotency key, with the answer that is kept for a repetition. A refusal
-- writes nothing.
-- Outcomes: as write_appointment(); and with a key not_found, forbidden (before anything else), replay
-- (with the first answer), reused, in_flight.
--
-- p: as write_appointment(), and {rule, location?, key?, fingerprint, keyLifetimeSeconds}
CREATE OR REPLACE FUNCTION write_appointment_once(p jsonb) RETURNS appointment_answer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    a             appointment_answer;
    r             appointment_result;
    v_user        uuid := (p #>> '{actor,id}')::uuid;
    v_key         text := p ->> 'key';
    v_fingerprint bytea := decode(p ->> 'fingerprint', 'hex');
    v_known       record;
    v_document    json;
BEGIN
    IF v_key IS NOT NULL THEN
        IF p ->> 'verb' NOT IN ('book', 'book_directly') THEN
            SELECT appointment_access(p -> 'actor', x, p ->> 'rule') INTO a.outcome
            FROM appointments AS x WHERE x.id = (p ->> 'appointment')::uuid;
            IF NOT FOUND THEN
                a.outcome := 'not_found';
            END IF;
            IF a.outcome IS NOT NULL THEN
                RETURN a;
            END IF;
        END IF;
        SELECT * INTO v_known FROM begin_idempotent(v_user, v_key, v_fingerprint);
        IF v_known.outcome <> 'fresh' THEN
            a.outcome := v_known.outcome;
            a.http_status := v_known.status;
            a.headers := v_known.headers;
            a.body := convert_from(v_known.body, 'UTF8');
            RETURN a;
        END IF;
    END IF;

    r := write_appointment(p);
    IF r.outcome NOT IN ('done', 'booked', 'requested') THEN
        SELECT NULL, NULL, NULL, o.* INTO a FROM read_result(r) AS o;
        RETURN a;
    END IF;
    v_document := written_document(r.appointment);
    a.outcome := r.outcome;
    a.version := (r.appointment).version;
    a.http_status := CASE WHEN r.outcome = 'done' THEN 200 ELSE 201 END;
    a.headers := version_headers((r.appointment).version, (r.appointment).updated_at);
    IF p ->> 'location' IS NOT NULL THEN
        a.headers := a.headers || jsonb_build_object('Location', p ->> 'location');
    END IF;
    a.body := CASE p ->> 'verb' WHEN 'cancel' THEN json_build_object(
        'appointment', v_document, 'feeCents', (r.appointment).fee_cents,
        'refundCents', (r.appointment).refund_cents) ELSE v_document END;
    IF v_key IS NOT NULL THEN
        PERFORM record_answer(
            v_user, v_key, v_fingerprint, a.http_status, a.headers, convert_to(a.body, 'UTF8'),
            (p ->> 'keyLifetimeSeconds')::integer, false);
    END IF;
    RETURN a;
END
$$;

-- Several writes in one transaction: what write_appointment_once() does for one. One row for each
-- request, told apart by its number from 1. Outcomes: as there, and `busy`: somebody else has a row
-- that is needed, or it is not there: ask again, alone.
--
-- p_requests: as write_appointment_once(), of every verb but book_directly
CREATE OR REPLACE FUNCTION write_appointments(p_requests jsonb)
RETURNS TABLE (number integer, answer appointment_answer)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    v_clients      integer[];  -- the keys of the clients' locks that are ours
    v_appointments uuid[];  -- those whose rows are ours, and whose edit locks' rows are
    v_slots        uuid[];  -- those whose rows are ours
    v_request      record;
BEGIN
    v_clients := ARRAY(
        SELECT k.key FROM (
            SELECT DISTINCT client_key(q) FROM jsonb_array_elements(p_requests) AS q
            WHERE client_key(q) IS NOT NULL
        ) AS k (key)
        WHERE pg_try_advisory_xact_lock(20001, k.key));
    v_appointments := ARRAY(
        SELECT a.id FROM appointments AS a
        WHERE a.id = ANY (ARRAY(
            SELECT (q ->> 'appointment')::uuid FROM jsonb_array_elements(p_requests) AS q
            WHERE q ->> 'verb' <> 'book'))
        ORDER BY a.id FOR UPDATE SKIP LOCKED);
    v_slots := ARRAY(
        SELECT s.id FROM slots AS s
        WHERE s.id = ANY (ARRAY(
            SELECT n.slot_id FROM jsonb_array_elements(p_requests) AS q
            CROSS JOIN LATERAL slots_needed(q) AS n (slot_id)
            WHERE q ->> 'verb' = 'book' OR (q ->> 'appointment')::uuid = ANY (v_appointments)))
        ORDER BY s.id FOR NO KEY UPDATE SKIP LOCKED);
    v_appointments := ARRAY(
        SELECT l.appointment_id FROM edit_locks AS l WHERE l.appointment_id = ANY (v_appointments)
        ORDER BY l.appointment_id FOR NO KEY UPDATE SKIP LOCKED
    ) || ARRAY(
        SELECT a.id FROM unnest(v_appointments) AS a (id)
        WHERE NOT EXISTS (SELECT FROM edit_locks AS l WHERE l.appointment_id = a.id));

    FOR v_request IN
        SELECT q.number, q.value,
               (q.value ->> 'verb' = 'book'
                OR (q.value ->> 'appointment')::uuid = ANY (v_appointments))
               AND (client_key(q.value) IS NULL OR client_key(q.value) = ANY (v_clients))
               AND NOT EXISTS (
                   SELECT FROM slots_needed(q.value) AS n (slot_id)
                   WHERE n.slot_id <> ALL (v_slots)) AS is_ours
        FROM jsonb_array_elements(p_requests) WITH ORDINALITY AS q (value, number)
        ORDER BY q.number
    LOOP
        IF v_request.is_ours THEN
            answer := write_appointment_once(v_request.value);
        ELSE
            answer := NULL;
            answer.outcome := 'busy';
        END IF;
        number := v_request.number;
        RETURN NEXT;
    END LOOP;
END
$$;

-- The key of the client's lock that a write takes; NULL: it takes none. A client books and moves for
-- itself only.
CREATE OR REPLACE FUNCTION client_key(p jsonb) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p ->> 'verb' IN ('book', 'reschedule') AND p #>> '{actor,role}' = 'client'
        THEN hashtext(p #>> '{actor,id}') END
$$;

-- The slots whose rows a write locks: the appointment's own, its reservation's, the one named, and the
-- one that a missed visit had.
CREATE OR REPLACE FUNCTION slots_needed(p jsonb) RETURNS SETOF uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT a.slot_id FROM appointments AS a
    WHERE a.id = (p ->> 'appointment')::uuid AND a.slot_id IS NOT NULL
    UNION
    SELECT r.slot_id FROM reservations AS r WHERE r.id = (p ->> 'reservation')::uuid
    UNION
    SELECT s.id FROM slots AS s WHERE s.id = (p ->> 'slot')::uuid
    UNION
    SELECT s.id FROM slots AS s
    WHERE p ->> 'verb' = 'reopen' AND s.id = missed_slot((p ->> 'appointment')::uuid)
$$;
