-- A provider's calendar: who may publish on it, and its schedule. The slots that are made from it stand
-- in laying.sql and publishing.sql.

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
