-- Removal from the catalogue (SPEC 4.2): hidden, never torn out of history. functions.sql says how
-- it meets bookings. In the functions here p_id may be that of a facility, a service or a provider.

-- The providers whose calendars a removal concerns, in the order in which they are locked.
CREATE OR REPLACE FUNCTION providers_of(p_id uuid) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(linked.id ORDER BY linked.id), '{}') FROM (
        SELECT provider_id FROM provider_facilities WHERE facility_id = p_id
        UNION ALL
        SELECT provider_id FROM provider_services WHERE service_id = p_id
        UNION ALL
        SELECT id FROM providers WHERE id = p_id
    ) AS linked (id)
$$;

-- Locks those calendars, so that nothing is published there, then the slots to come that nobody
-- has booked.
CREATE OR REPLACE FUNCTION lock_for_removal(p_id uuid, OUT providers uuid[], OUT slots uuid[])
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    providers := providers_of(p_id);
    PERFORM lock_provider_calendar(u.id) FROM unnest(providers) AS u (id);
    slots := ARRAY(
        SELECT s.id FROM slots AS s
        WHERE s.start_at > v_now AND s.deleted_at IS NULL AND s.status <> 'booked'
          AND p_id IN (s.provider_id, s.facility_id, s.service_id)
        ORDER BY s.id FOR NO KEY UPDATE);
END
$$;

-- What forbids a removal: in_use when an appointment that is not over needs it. The caller holds
-- the row FOR UPDATE: see functions.sql for why no appointment escapes this.
CREATE OR REPLACE FUNCTION removal_obstacle(p_id uuid, p_providers uuid[]) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    IF providers_of(p_id) <> p_providers THEN
        -- Linked while this waited for the row; locking that provider now could deadlock.
        RAISE EXCEPTION 'links of % changed during its removal', p_id
            USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN CASE WHEN EXISTS (
        SELECT FROM appointments AS a
        -- No appointment is longer than a day: this is a scan of those to come.
        WHERE a.start_at > v_now - interval '1 day' AND a.end_at > v_now
          AND a.status IN ('requested', 'confirmed') AND a.deleted_at IS NULL
          AND p_id IN (a.provider_id, a.facility_id, a.service_id)
    ) THEN 'in_use' END;
END
$$;

-- Takes what depends on a removed row out of sight: its links and its unbooked slots, together
-- with the reservations of those.
CREATE OR REPLACE FUNCTION withdraw(p_id uuid, p_slots uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    WITH unlinked AS (
        DELETE FROM provider_facilities WHERE facility_id = p_id RETURNING provider_id
    )
    UPDATE providers SET updated_at = clock_timestamp()
    WHERE id IN (SELECT provider_id FROM unlinked);
    WITH unlinked AS (
        DELETE FROM provider_services WHERE service_id = p_id RETURNING provider_id
    )
    UPDATE providers SET updated_at = clock_timestamp()
    WHERE id IN (SELECT provider_id FROM unlinked);

    UPDATE reservations SET status = 'withdrawn', closed_at = clock_timestamp()
    WHERE slot_id = ANY (p_slots) AND status = 'live';
    UPDATE slots SET status = 'available', held_until = NULL, reservation_id = NULL
    WHERE id = ANY (p_slots) AND status = 'held';
    -- What came from a schedule may come back, perhaps at another facility; surplus is gone already.
    UPDATE slots SET deleted_at = clock_timestamp(),
                     origin = CASE WHEN origin = 'schedule' THEN 'withdrawn' ELSE origin END
    WHERE id = ANY (p_slots) AND deleted_at IS NULL;
END
$$;

-- Outcomes: deleted, not_found, in_use, or of check_preconditions.
CREATE OR REPLACE FUNCTION delete_facility(
    p_actor jsonb, p_id uuid, p_precondition jsonb, OUT outcome text, OUT document json
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_locked record;
    f        facilities;
BEGIN
    PERFORM act_as(p_actor, 'The facility was removed.');
    v_locked := lock_for_removal(p_id);
    SELECT * INTO f FROM facilities AS x WHERE x.id = p_id AND x.deleted_at IS NULL FOR UPDATE;
    document := facility_document(f);
    outcome := CASE WHEN f.id IS NULL THEN 'not_found' ELSE coalesce(
        check_preconditions(p_precondition, f.version, f.updated_at, f.changed_before),
        removal_obstacle(p_id, v_locked.providers)) END;
    IF outcome IS NULL THEN
        PERFORM withdraw(p_id, v_locked.slots);
        UPDATE facilities AS x SET deleted_at = clock_timestamp() WHERE x.id = p_id;
        outcome := 'deleted';
    END IF;
END
$$;

-- Outcomes as delete_facility.
CREATE OR REPLACE FUNCTION delete_service(
    p_actor jsonb, p_id uuid, p_precondition jsonb, OUT outcome text, OUT document json
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_locked record;
    s        services;
BEGIN
    PERFORM act_as(p_actor, 'The service was removed.');
    v_locked := lock_for_removal(p_id);
    SELECT * INTO s FROM services AS x WHERE x.id = p_id AND x.deleted_at IS NULL FOR UPDATE;
    document := service_document(s);
    outcome := CASE WHEN s.id IS NULL THEN 'not_found' ELSE coalesce(
        check_preconditions(p_precondition, s.version, s.updated_at, s.changed_before),
        removal_obstacle(p_id, v_locked.providers)) END;
    IF outcome IS NULL THEN
        PERFORM withdraw(p_id, v_locked.slots);
        UPDATE services AS x SET deleted_at = clock_timestamp() WHERE x.id = p_id;
        outcome := 'deleted';
    END IF;
END
$$;

-- Outcomes as delete_facility.
CREATE OR REPLACE FUNCTION delete_provider(
    p_actor jsonb, p_id uuid, p_precondition jsonb, OUT outcome text, OUT document json
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_locked record;
    p        providers;
BEGIN
    PERFORM act_as(p_actor, 'The provider was removed.');
    v_locked := lock_for_removal(p_id);
    SELECT * INTO p FROM providers AS x WHERE x.id = p_id AND x.deleted_at IS NULL FOR UPDATE;
    document := provider_document(p);
    outcome := CASE WHEN p.id IS NULL THEN 'not_found' ELSE coalesce(
        check_preconditions(p_precondition, p.version, p.updated_at, p.changed_before),
        removal_obstacle(p_id, v_locked.providers)) END;
    IF outcome IS NULL THEN
        PERFORM withdraw(p_id, v_locked.slots);
        UPDATE providers AS x SET deleted_at = clock_timestamp() WHERE x.id = p_id;
        outcome := 'deleted';
    END IF;
END
$$;
