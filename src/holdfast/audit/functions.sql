-- History: what must never be forgotten is written by triggers (SPEC §3: I6, I7, I8).
--
-- Every change of an appointment or a slot raises its version by one, writes one audit row that is
-- chained to the one before by hash, and one outbox row. The trigger functions run with the rights
-- of the schema's owner: the server's role can read history but not write it by itself.

-- A time as the API writes it: UTC, RFC 3339, with a fraction only where there is one. Not STRICT: a
-- CASE is not, and PostgreSQL would then call the function instead of putting its body in place.
CREATE OR REPLACE FUNCTION wire_time(t timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT to_char(t AT TIME ZONE 'UTC',
        CASE WHEN date_trunc('second', t) = t THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
             ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"' END)
$$;

-- UUIDv7 (RFC 9562 §5.7) from the database's clock.
CREATE OR REPLACE FUNCTION new_uuid_v7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid()) PLACING
                substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6),
            52, 1), 53, 1), 'hex')::uuid
$$;

-- Says who acts in this transaction and why; the triggers below read it. (In SQL it would be planned
-- anew at each call before PostgreSQL 18.)
CREATE OR REPLACE FUNCTION act_as(p_actor jsonb, p_reason text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('holdfast.actor', p_actor::text, true),
            set_config('holdfast.reason', coalesce(p_reason, ''), true);
END
$$;

-- The actor of this transaction. A change made past the API is signed by its database role.
CREATE OR REPLACE FUNCTION acting() RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        nullif(current_setting('holdfast.actor', true), '')::jsonb,
        jsonb_build_object('id', NULL, 'type', 'system', 'role', 'system',
                           'name', 'database role ' || session_user))
$$;

-- {field: new value} of every field that differs.
CREATE OR REPLACE FUNCTION changed_values(p_before jsonb, p_after jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(a.key, a.value), '{}')
    FROM jsonb_each(p_after) AS a
    WHERE a.value IS DISTINCT FROM (p_before -> a.key)
$$;

-- An audit row as the API shows it; the hash is taken over exactly this without `hash`.
CREATE OR REPLACE FUNCTION audit_entry(e appointment_audit) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object(
        'id', e.id, 'appointmentId', e.appointment_id, 'version', e.version, 'action', e.action,
        'actor', jsonb_build_object('id', e.actor_id, 'type', e.actor_type, 'name', e.actor_name),
        'timestamp', wire_time(e.at), 'previousStatus', e.previous_status,
        'newStatus', e.new_status, 'reason', e.reason, 'changes', e.changes,
        'previousHash', encode(e.previous_hash, 'hex'), 'hash', encode(e.hash, 'hex'))
        -- Only where there is one, so that older entries keep their hash.
        || CASE WHEN e.via IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('via', e.via) END
$$;

CREATE OR REPLACE FUNCTION audit_entry(e slot_audit) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object(
        'id', e.id, 'slotId', e.slot_id, 'version', e.version, 'action', e.action,
        'actor', jsonb_build_object('id', e.actor_id, 'type', e.actor_type, 'name', e.actor_name),
        'timestamp', wire_time(e.at), 'previousStatus', e.previous_status,
        'newStatus', e.new_status, 'reason', e.reason, 'changes', e.changes,
        'previousHash', encode(e.previous_hash, 'hex'), 'hash', encode(e.hash, 'hex'))
$$;

-- The hash of an entry: SHA-256 over the entry without `hash` as canonical JSON (RFC 8785 for the
-- values that occur here: keys sorted, no white space). The members of an entry are known, so they are
-- written in their order.
--
-- p_changes: `changes` as canonical JSON.
CREATE OR REPLACE FUNCTION entry_hash(e appointment_audit, p_changes text) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(
        '{"action":"' || e.action || '","actor":{"id":' || coalesce('"' || e.actor_id || '"', 'null')
        || ',"name":' || to_json(e.actor_name)::text || ',"type":"' || e.actor_type
        || '"},"appointmentId":"' || e.appointment_id
        || '","changes":' || p_changes || ',"id":"' || e.id
        || '","newStatus":"' || e.new_status
        || '","previousHash":' || coalesce('"' || encode(e.previous_hash, 'hex') || '"', 'null')
        || ',"previousStatus":' || coalesce('"' || e.previous_status || '"', 'null')
        || ',"reason":' || coalesce(to_json(e.reason)::text, 'null')
        || ',"timestamp":"' || wire_time(e.at) || '","version":' || e.version
        || coalesce(',"via":"' || e.via || '"', '') || '}', 'UTF8'))
$$;

CREATE OR REPLACE FUNCTION entry_hash(e slot_audit, p_changes text) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(
        '{"action":"' || e.action || '","actor":{"id":' || coalesce('"' || e.actor_id || '"', 'null')
        || ',"name":' || to_json(e.actor_name)::text || ',"type":"' || e.actor_type
        || '"},"changes":' || p_changes || ',"id":"' || e.id
        || '","newStatus":"' || e.new_status
        || '","previousHash":' || coalesce('"' || encode(e.previous_hash, 'hex') || '"', 'null')
        || ',"previousStatus":' || coalesce('"' || e.previous_status || '"', 'null')
        || ',"reason":' || coalesce(to_json(e.reason)::text, 'null')
        || ',"slotId":"' || e.slot_id
        || '","timestamp":"' || wire_time(e.at) || '","version":' || e.version || '}', 'UTF8'))
$$;

-- What history records of an appointment: its own facts, not the names it refers to.
CREATE OR REPLACE FUNCTION appointment_facts(a appointments) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object(
        'userId', a.user_id, 'providerId', a.provider_id, 'facilityId', a.facility_id,
        'serviceId', a.service_id, 'slotId', a.slot_id, 'start', wire_time(a.start_at),
        'end', wire_time(a.end_at), 'status', a.status, 'priority', a.priority,
        'priceCents', a.price_cents, 'currency', a.currency, 'notes', a.notes,
        'clientConfirmedAt', wire_time(a.client_confirmed_at),
        'feeCents', a.fee_cents, 'refundCents', a.refund_cents, 'feeWaived', a.fee_waived,
        'freeUntilHours', a.free_until_hours, 'lateFeeCents', a.late_fee_cents,
        'lateFeePercent', a.late_fee_percent, 'noShowFeeCents', a.no_show_fee_cents,
        'refundableUntil', wire_time(a.refundable_until),
        'deletedAt', wire_time(a.deleted_at))
$$;

CREATE OR REPLACE FUNCTION slot_facts(s slots) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object(
        'providerId', s.provider_id, 'facilityId', s.facility_id, 'serviceId', s.service_id,
        'start', wire_time(s.start_at), 'end', wire_time(s.end_at), 'status', s.status,
        'heldUntil', wire_time(s.held_until),
        'appointmentId', s.appointment_id, 'deletedAt', wire_time(s.deleted_at))
$$;

-- {field: {from, to}} of every fact of an appointment that differs, as canonical JSON. Written field by
-- field, which costs a third of making the facts of both and comparing them.
CREATE OR REPLACE FUNCTION appointment_changes(o appointments, n appointments) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT '{' || concat_ws(',',
        CASE WHEN o.client_confirmed_at IS DISTINCT FROM n.client_confirmed_at
            THEN '"clientConfirmedAt":{"from":'
            || coalesce('"' || wire_time(o.client_confirmed_at) || '"', 'null') || ',"to":'
            || coalesce('"' || wire_time(n.client_confirmed_at) || '"', 'null') || '}' END,
        CASE WHEN o.currency IS DISTINCT FROM n.currency THEN '"currency":{"from":'
            || coalesce(to_json(o.currency)::text, 'null') || ',"to":'
            || coalesce(to_json(n.currency)::text, 'null') || '}' END,
        CASE WHEN o.deleted_at IS DISTINCT FROM n.deleted_at THEN '"deletedAt":{"from":'
            || coalesce('"' || wire_time(o.deleted_at) || '"', 'null') || ',"to":'
            || coalesce('"' || wire_time(n.deleted_at) || '"', 'null') || '}' END,
        CASE WHEN o.end_at IS DISTINCT FROM n.end_at THEN '"end":{"from":'
            || coalesce('"' || wire_time(o.end_at) || '"', 'null') || ',"to":'
            || coalesce('"' || wire_time(n.end_at) || '"', 'null') || '}' END,
        CASE WHEN o.facility_id IS DISTINCT FROM n.facility_id THEN '"facilityId":{"from":'
            || coalesce('"' || o.facility_id || '"', 'null') || ',"to":'
            || coalesce('"' || n.facility_id || '"', 'null') || '}' END,
        CASE WHEN o.fee_cents IS DISTINCT FROM n.fee_cents THEN '"feeCents":{"from":'
            || coalesce(o.fee_cents::text, 'null') || ',"to":'
            || coalesce(n.fee_cents::text, 'null') || '}' END,
        CASE WHEN o.fee_waived IS DISTINCT FROM n.fee_waived THEN '"feeWaived":{"from":'
            || coalesce(o.fee_waived::text, 'null') || ',"to":'
            || coalesce(n.fee_waived::text, 'null') || '}' END,
        CASE WHEN o.free_until_hours IS DISTINCT FROM n.free_until_hours THEN '"freeUntilHours":{"from":'
            || coalesce(o.free_until_hours::text, 'null') || ',"to":'
            || coalesce(n.free_until_hours::text, 'null') || '}' END,
        CASE WHEN o.late_fee_cents IS DISTINCT FROM n.late_fee_cents THEN '"lateFeeCents":{"from":'
            || coalesce(o.late_fee_cents::text, 'null') || ',"to":'
            || coalesce(n.late_fee_cents::text, 'null') || '}' END,
        CASE WHEN o.late_fee_percent IS DISTINCT FROM n.late_fee_percent THEN '"lateFeePercent":{"from":'
            || coalesce(o.late_fee_percent::text, 'null') || ',"to":'
            || coalesce(n.late_fee_percent::text, 'null') || '}' END,
        CASE WHEN o.no_show_fee_cents IS DISTINCT FROM n.no_show_fee_cents
            THEN '"noShowFeeCents":{"from":'
            || coalesce(o.no_show_fee_cents::text, 'null') || ',"to":'
            || coalesce(n.no_show_fee_cents::text, 'null') || '}' END,
        CASE WHEN o.notes IS DISTINCT FROM n.notes THEN '"notes":{"from":'
            || coalesce(to_json(o.notes)::text, 'null') || ',"to":'
            || coalesce(to_json(n.notes)::text, 'null') || '}' END,
        CASE WHEN o.price_cents IS DISTINCT FROM n.price_cents THEN '"priceCents":{"from":'
            || coalesce(o.price_cents::text, 'null') || ',"to":'
            || coalesce(n.price_cents::text, 'null') || '}' END,
        CASE WHEN o.priority IS DISTINCT FROM n.priority THEN '"priority":{"from":'
            || coalesce('"' || o.priority || '"', 'null') || ',"to":'
            || coalesce('"' || n.priority || '"', 'null') || '}' END,
        CASE WHEN o.provider_id IS DISTINCT FROM n.provider_id THEN '"providerId":{"from":'
            || coalesce('"' || o.provider_id || '"', 'null') || ',"to":'
            || coalesce('"' || n.provider_id || '"', 'null') || '}' END,
        CASE WHEN o.refund_cents IS DISTINCT FROM n.refund_cents THEN '"refundCents":{"from":'
            || coalesce(o.refund_cents::text, 'null') || ',"to":'
            || coalesce(n.refund_cents::text, 'null') || '}' END,
        CASE WHEN o.refundable_until IS DISTINCT FROM n.refundable_until
            THEN '"refundableUntil":{"from":'
            || coalesce('"' || wire_time(o.refundable_until) || '"', 'null') || ',"to":'
            || coalesce('"' || wire_time(n.refundable_until) || '"', 'null') || '}' END,
        CASE WHEN o.service_id IS DISTINCT FROM n.service_id THEN '"serviceId":{"from":'
            || coalesce('"' || o.service_id || '"', 'null') || ',"to":'
            || coalesce('"' || n.service_id || '"', 'null') || '}' END,
        CASE WHEN o.slot_id IS DISTINCT FROM n.slot_id THEN '"slotId":{"from":'
            || coalesce('"' || o.slot_id || '"', 'null') || ',"to":'
            || coalesce('"' || n.slot_id || '"', 'null') || '}' END,
        CASE WHEN o.start_at IS DISTINCT FROM n.start_at THEN '"start":{"from":'
            || coalesce('"' || wire_time(o.start_at) || '"', 'null') || ',"to":'
            || coalesce('"' || wire_time(n.start_at) || '"', 'null') || '}' END,
        CASE WHEN o.status IS DISTINCT FROM n.status THEN '"status":{"from":'
            || coalesce('"' || o.status || '"', 'null') || ',"to":'
            || coalesce('"' || n.status || '"', 'null') || '}' END,
        CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN '"userId":{"from":'
            || coalesce('"' || o.user_id || '"', 'null') || ',"to":'
            || coalesce('"' || n.user_id || '"', 'null') || '}' END
    ) || '}'
$$;

-- The same of a slot.
CREATE OR REPLACE FUNCTION slot_changes(o slots, n slots) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT '{' || concat_ws(',',
        CASE WHEN o.appointment_id IS DISTINCT FROM n.appointment_id THEN '"appointmentId":{"from":'
            || coalesce('"' || o.appointment_id || '"', 'null') || ',"to":'
            || coalesce('"' || n.appointment_id || '"', 'null') || '}' END,
        CASE WHEN o.deleted_at IS DISTINCT FROM n.deleted_at THEN '"deletedAt":{"from":'
            || coalesce('"' || wire_time(o.deleted_at) || '"', 'null') || ',"to":'
            || coalesce('"' || wire_time(n.deleted_at) || '"', 'null') || '}' END,
        CASE WHEN o.end_at IS DISTINCT FROM n.end_at THEN '"end":{"from":'
            || coalesce('"' || wire_time(o.end_at) || '"', 'null') || ',"to":'
            || coalesce('"' || wire_time(n.end_at) || '"', 'null') || '}' END,
        CASE WHEN o.facility_id IS DISTINCT FROM n.facility_id THEN '"facilityId":{"from":'
            || coalesce('"' || o.facility_id || '"', 'null') || ',"to":'
            || coalesce('"' || n.facility_id || '"', 'null') || '}' END,
        CASE WHEN o.held_until IS DISTINCT FROM n.held_until THEN '"heldUntil":{"from":'
            || coalesce('"' || wire_time(o.held_until) || '"', 'null') || ',"to":'
            || coalesce('"' || wire_time(n.held_until) || '"', 'null') || '}' END,
        CASE WHEN o.provider_id IS DISTINCT FROM n.provider_id THEN '"providerId":{"from":'
            || coalesce('"' || o.provider_id || '"', 'null') || ',"to":'
            || coalesce('"' || n.provider_id || '"', 'null') || '}' END,
        CASE WHEN o.service_id IS DISTINCT FROM n.service_id THEN '"serviceId":{"from":'
            || coalesce('"' || o.service_id || '"', 'null') || ',"to":'
            || coalesce('"' || n.service_id || '"', 'null') || '}' END,
        CASE WHEN o.start_at IS DISTINCT FROM n.start_at THEN '"start":{"from":'
            || coalesce('"' || wire_time(o.start_at) || '"', 'null') || ',"to":'
            || coalesce('"' || wire_time(n.start_at) || '"', 'null') || '}' END,
        CASE WHEN o.status IS DISTINCT FROM n.status THEN '"status":{"from":'
            || coalesce('"' || o.status || '"', 'null') || ',"to":'
            || coalesce('"' || n.status || '"', 'null') || '}' END
    ) || '}'
$$;

CREATE OR REPLACE FUNCTION appointment_action(o appointments, n appointments) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN o.id IS NULL THEN 'created'
        WHEN o.deleted_at IS NULL AND n.deleted_at IS NOT NULL THEN 'deleted'
        WHEN o.deleted_at IS NOT NULL AND n.deleted_at IS NULL THEN 'restored'
        WHEN o.status = 'requested' AND n.status = 'confirmed' THEN 'accepted'
        WHEN o.status IN ('completed', 'no_show') AND n.status = 'confirmed' THEN 'reopened'
        WHEN o.status <> n.status THEN n.status::text
        WHEN o.slot_id <> n.slot_id THEN 'rescheduled'
        WHEN o.client_confirmed_at IS NULL AND n.client_confirmed_at IS NOT NULL
            THEN 'attendance_confirmed'
        ELSE 'updated' END
$$;

CREATE OR REPLACE FUNCTION slot_action(o slots, n slots) RETURNS text
LANGUAGE sql VOLATILE AS $$
    SELECT CASE
        WHEN o.id IS NULL THEN 'published'
        WHEN o.deleted_at IS NULL AND n.deleted_at IS NOT NULL THEN
            CASE WHEN n.origin = 'withdrawn' THEN 'withdrawn' ELSE 'deleted' END
        WHEN o.deleted_at IS NOT NULL AND n.deleted_at IS NULL THEN 'published'
        WHEN n.status = 'held' AND o.status = 'held' THEN 'extended'
        WHEN o.status = n.status THEN 'changed'
        WHEN n.status = 'held' THEN 'held'
        WHEN n.status = 'booked' THEN 'booked'
        WHEN n.status = 'blocked' THEN 'blocked'
        WHEN o.status = 'booked' THEN 'freed'
        WHEN o.status = 'held' AND o.held_until <= clock_timestamp() THEN 'expired'
        WHEN o.status = 'held' THEN 'released'
        ELSE 'changed' END
$$;

-- The event type of an audit action (SPEC §5).
CREATE OR REPLACE FUNCTION booking_event(p_action text, p_status text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'booking.' || CASE p_action
        WHEN 'created' THEN p_status
        WHEN 'accepted' THEN 'confirmed'
        WHEN 'attendance_confirmed' THEN 'updated'
        WHEN 'reopened' THEN 'updated'
        ELSE p_action END
$$;

CREATE OR REPLACE FUNCTION record_appointment_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_actor  jsonb := acting();
    v_previous appointments;
    v_changes  text;
    -- Assigned by themselves: PL/pgSQL keeps such an expression ready. Inside the INSERT, PostgreSQL
    -- before 18 would plan the function's query anew for each row.
    v_text     text;
    v_document jsonb;
    v_updates  jsonb;
    e        appointment_audit;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        v_previous := OLD;
    END IF;
    v_changes := appointment_changes(v_previous, NEW);
    IF TG_OP = 'UPDATE' THEN
        IF v_changes = '{}' THEN
            RETURN OLD;  -- nothing that history records: not a change, no version
        END IF;
        e.previous_status := OLD.status;
        e.previous_hash := OLD.audit_hash;
        NEW.version := OLD.version + 1;
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at + interval '1 microsecond');
    ELSE
        NEW.version := 1;
        NEW.created_at := clock_timestamp();
        NEW.updated_at := NEW.created_at;
    END IF;
    e.id := new_uuid_v7();
    e.appointment_id := NEW.id;
    e.version := NEW.version;
    e.action := appointment_action(v_previous, NEW);
    e.actor_id := (v_actor ->> 'id')::uuid;
    e.actor_type := v_actor ->> 'type';
    e.actor_name := v_actor ->> 'name';
    e.via := v_actor ->> 'via';
    e.at := NEW.updated_at;
    e.new_status := NEW.status;
    e.reason := nullif(current_setting('holdfast.reason', true), '');
    e.changes := v_changes;
    e.hash := entry_hash(e, v_changes);
    NEW.audit_hash := e.hash;
    INSERT INTO appointment_audit VALUES (e.*);
    v_text := appointment_document(NEW);
    PERFORM keep_document(NEW.id, NEW.version, v_text);
    v_document := v_text::jsonb;
    v_updates := v_document;
    IF TG_OP = 'UPDATE' THEN
        v_updates := changed_values(appointment_document(OLD)::jsonb, v_document);
    END IF;
    INSERT INTO outbox (topic, key, type, payload)
    VALUES ('bookings', NEW.id, booking_event(e.action, NEW.status::text), jsonb_build_object(
        'appointmentId', NEW.id, 'version', NEW.version, 'userId', NEW.user_id,
        'providerId', NEW.provider_id, 'previousProviderId', v_previous.provider_id,
        'updates', v_updates)
        -- The provider that it comes to has not been told of it before.
        || CASE WHEN v_previous.provider_id <> NEW.provider_id
            THEN jsonb_build_object('whole', v_document) ELSE '{}' END);
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION record_slot_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_actor    jsonb := coalesce(NEW.acting, acting());
    v_previous slots;
    v_changes  text;
    e          slot_audit;
BEGIN
    NEW.acting := NULL;
    IF TG_OP = 'UPDATE' THEN
        v_previous := OLD;
        -- The schedule lacks it: given back, it is not offered again.
        IF NEW.origin = 'surplus' AND NEW.status = 'available' AND OLD.status <> 'available' THEN
            NEW.origin := 'withdrawn';
            NEW.deleted_at := clock_timestamp();
        END IF;
    END IF;
    v_changes := slot_changes(v_previous, NEW);
    IF TG_OP = 'UPDATE' THEN
        IF v_changes = '{}' THEN
            OLD.origin := NEW.origin;  -- no fact of the slot: not in its history
            RETURN OLD;
        END IF;
        e.previous_status := OLD.status;
        e.previous_hash := OLD.audit_hash;
        NEW.version := OLD.version + 1;
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at + interval '1 microsecond');
    ELSE
        NEW.version := 1;
        NEW.created_at := clock_timestamp();
        NEW.updated_at := NEW.created_at;
    END IF;
    e.id := new_uuid_v7();
    e.slot_id := NEW.id;
    e.version := NEW.version;
    e.action := slot_action(v_previous, NEW);
    e.actor_id := (v_actor ->> 'id')::uuid;
    e.actor_type := v_actor ->> 'type';
    e.actor_name := v_actor ->> 'name';
    e.at := NEW.updated_at;
    e.new_status := NEW.status;
    e.reason := nullif(current_setting('holdfast.reason', true), '');
    e.changes := v_changes;
    e.hash := entry_hash(e, v_changes);
    NEW.audit_hash := e.hash;
    INSERT INTO slot_audit VALUES (e.*);
    INSERT INTO outbox (topic, key, type, payload)
    VALUES ('availability', NEW.provider_id, 'timeslot.updated', jsonb_build_object(
        'timeslotId', NEW.id, 'version', NEW.version, 'providerId', NEW.provider_id,
        'serviceId', NEW.service_id, 'start', wire_time(NEW.start_at),
        'status', CASE WHEN NEW.deleted_at IS NULL THEN NEW.status::text ELSE 'deleted' END));
    RETURN NEW;
END
$$;

-- Rows that history speaks of stay, and history itself is append-only: for every role, under
-- every session setting (ENABLE ALWAYS), TRUNCATE included.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is not allowed: history is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

-- I4 at commit: a booked slot and its live appointment name each other, and the appointment lies
-- inside the slot. (Same provider: by foreign key.)
CREATE OR REPLACE FUNCTION check_slot_agreement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_slot_ids uuid[];
BEGIN
    IF TG_TABLE_NAME = 'slots' THEN
        v_slot_ids := ARRAY[NEW.id];
    ELSIF TG_OP = 'INSERT' THEN
        v_slot_ids := ARRAY[NEW.slot_id];
    ELSE
        -- The slot that an appointment has left must not go on naming it.
        v_slot_ids := ARRAY[OLD.slot_id, NEW.slot_id];
    END IF;
    IF EXISTS (
        SELECT FROM slots AS s
        LEFT JOIN appointments AS a ON a.id = s.appointment_id
        WHERE s.id = ANY(v_slot_ids) AND s.status = 'booked'
          AND (a.is_live AND a.slot_id = s.id AND a.during <@ s.during) IS NOT TRUE
    ) OR EXISTS (
        SELECT FROM appointments AS a
        JOIN slots AS s ON s.id = a.slot_id
        WHERE a.slot_id = ANY(v_slot_ids) AND a.is_live
          AND s.appointment_id IS DISTINCT FROM a.id
    ) THEN
        RAISE EXCEPTION 'slot % and its appointment do not agree',
            array_to_string(v_slot_ids, ' or ')
            USING ERRCODE = 'check_violation', CONSTRAINT = 'slots_agreement_check';
    END IF;
    RETURN NULL;
END
$$;
