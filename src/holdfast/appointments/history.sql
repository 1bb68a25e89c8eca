-- Looking back (SPEC 4.5).

-- The appointment as it was at a time: its audit's changes folded up to then. No row before it
-- was made, for whoever may not see it, and for a client while it was deleted.
CREATE OR REPLACE FUNCTION appointment_as_of(
    p_actor jsonb, p_appointment_id uuid, p_at timestamptz
) RETURNS SETOF appointments
LANGUAGE plpgsql STABLE AS $$
DECLARE
    a appointments;
    f jsonb;
BEGIN
    SELECT * INTO a FROM appointments WHERE id = p_appointment_id;
    IF appointment_access(p_actor, a, 'own') IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT jsonb_object_agg(c.key, c.value -> 'to' ORDER BY e.version), max(e.version), max(e.at)
    INTO f, a.version, a.updated_at
    FROM appointment_audit AS e CROSS JOIN LATERAL jsonb_each(e.changes) AS c
    WHERE e.appointment_id = p_appointment_id AND e.at <= p_at;
    IF f IS NULL THEN
        RETURN;
    END IF;
    a.user_id := f ->> 'userId';
    a.provider_id := f ->> 'providerId';
    a.facility_id := f ->> 'facilityId';
    a.service_id := f ->> 'serviceId';
    a.slot_id := f ->> 'slotId';
    a.start_at := f ->> 'start';
    a.end_at := f ->> 'end';
    a.status := f ->> 'status';
    a.priority := f ->> 'priority';
    a.price_cents := f ->> 'priceCents';
    a.currency := f ->> 'currency';
    a.notes := f ->> 'notes';
    a.client_confirmed_at := f ->> 'clientConfirmedAt';
    a.fee_cents := f ->> 'feeCents';
    a.refund_cents := f ->> 'refundCents';
    a.fee_waived := f ->> 'feeWaived';
    a.deleted_at := f ->> 'deletedAt';
    -- What was booked before this was recorded had it by the policy, until its first move since.
    a.refundable_until := coalesce((f ->> 'refundableUntil')::timestamptz,
                                   a.start_at - a.free_until_hours * interval '1 hour');
    IF p_actor ->> 'role' <> 'client' OR a.deleted_at IS NULL THEN
        RETURN NEXT a;
    END IF;
END
$$;

-- The SEQUENCE of a version of an appointment in calendars (RFC 5546 §2.1.4): how often it was moved
-- or called off, brought back, accepted at another time or given another length since it was made.
CREATE OR REPLACE FUNCTION calendar_sequence(p_appointment_id uuid, p_version integer)
RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT count(*)::integer FROM appointment_audit AS e
    WHERE e.appointment_id = p_appointment_id AND e.version BETWEEN 2 AND p_version
      AND (e.action IN ('rescheduled', 'cancelled', 'deleted', 'restored')
           OR e.action = 'updated' AND e.changes ? 'end'
           OR e.action = 'accepted' AND e.changes ? 'start')
$$;
