-- Providers, and what they are linked to (SPEC 4.2). functions.sql says how locks are taken.

-- Keeps the facilities and services that a provider is to be linked to from being removed before
-- this transaction ends, and says which of them there are not: {facilityIds: [...], ...} or NULL.
CREATE OR REPLACE FUNCTION lock_links(p_values jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_facilities uuid[];
    v_services   uuid[];
BEGIN
    SELECT array_agg(f.id) INTO v_facilities FROM (
        SELECT id FROM facilities
        WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text(p_values -> 'facility_ids'))
          AND deleted_at IS NULL
        ORDER BY id FOR KEY SHARE) AS f;
    SELECT array_agg(s.id) INTO v_services FROM (
        SELECT id FROM services
        WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text(p_values -> 'service_ids'))
          AND deleted_at IS NULL
        ORDER BY id FOR KEY SHARE) AS s;
    RETURN (
        SELECT jsonb_object_agg(m.field, m.ids)
        FROM (
            SELECT w.field, jsonb_agg(w.id) AS ids
            FROM (
                SELECT 'facilityIds', value::uuid, v_facilities
                FROM jsonb_array_elements_text(p_values -> 'facility_ids')
                UNION ALL
                SELECT 'serviceIds', value::uuid, v_services
                FROM jsonb_array_elements_text(p_values -> 'service_ids')
            ) AS w (field, id, known)
            WHERE w.known IS NULL OR w.id <> ALL (w.known)
            GROUP BY w.field
        ) AS m);
END
$$;

-- Makes a provider's links what p_values says; what it does not name stays. The caller holds the
-- provider's row and has called lock_links. Returns whether anything changed.
CREATE OR REPLACE FUNCTION set_links(p_provider_id uuid, p_values jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_before text := (SELECT provider_document(p)::text FROM providers AS p
                      WHERE p.id = p_provider_id);
    v_ids    uuid[];
BEGIN
    IF p_values ? 'facility_ids' THEN
        v_ids := ARRAY(SELECT DISTINCT value::uuid
                       FROM jsonb_array_elements_text(p_values -> 'facility_ids'));
        DELETE FROM provider_facilities
        WHERE provider_id = p_provider_id AND facility_id <> ALL (v_ids);
        INSERT INTO provider_facilities (provider_id, facility_id)
        SELECT p_provider_id, unnest(v_ids) ON CONFLICT DO NOTHING;
    END IF;
    IF p_values ? 'service_ids' THEN
        v_ids := ARRAY(SELECT DISTINCT value::uuid
                       FROM jsonb_array_elements_text(p_values -> 'service_ids'));
        DELETE FROM provider_services
        WHERE provider_id = p_provider_id AND service_id <> ALL (v_ids);
        INSERT INTO provider_services (provider_id, service_id)
        SELECT p_provider_id, unnest(v_ids) ON CONFLICT DO NOTHING;
    END IF;
    RETURN v_before <> (SELECT provider_document(p)::text FROM providers AS p
                        WHERE p.id = p_provider_id);
END
$$;

-- Outcomes: created, unknown_timezone, unknown_links (see `unknown`).
CREATE OR REPLACE FUNCTION create_provider(
    p_actor jsonb, p_id uuid, p_values jsonb,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz,
    OUT unknown jsonb
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    p providers := jsonb_populate_record(NULL::providers, p_values);
BEGIN
    PERFORM act_as(p_actor);
    unknown := lock_links(p_values);
    outcome := CASE
        WHEN NOT is_known_timezone(p.timezone) THEN 'unknown_timezone'
        WHEN unknown IS NOT NULL THEN 'unknown_links' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO providers (id, name, bio, timezone, is_active)
    VALUES (p_id, p.name, p.bio, p.timezone, p.is_active)
    RETURNING * INTO p;
    PERFORM set_links(p_id, p_values);
    outcome := 'created';
    document := provider_document(p);
    version := p.version;
    updated_at := p.updated_at;
END
$$;

-- As change_facility. Outcomes: changed, not_found, unknown_timezone, unknown_links, or of
-- check_preconditions.
CREATE OR REPLACE FUNCTION change_provider(
    p_actor jsonb, p_id uuid, p_precondition jsonb, p_changes jsonb,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz,
    OUT unknown jsonb
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    p            providers;
    v_linked     boolean;
    v_was_active boolean;
BEGIN
    PERFORM act_as(p_actor);
    SELECT * INTO p FROM lock_provider_calendar(p_id);
    outcome := CASE
        WHEN p.id IS NULL THEN 'not_found'
        ELSE check_preconditions(p_precondition, p.version, p.updated_at, p.changed_before) END;
    IF outcome IS NULL THEN
        unknown := lock_links(p_changes);
        outcome := CASE
            WHEN NOT is_known_timezone(p_changes ->> 'timezone') THEN 'unknown_timezone'
            WHEN unknown IS NOT NULL THEN 'unknown_links' END;
    END IF;
    IF outcome IS NULL THEN
        v_linked := set_links(p_id, p_changes);
        v_was_active := p.is_active;
        p := jsonb_populate_record(p, p_changes);
        UPDATE providers AS x
        SET name = p.name, bio = p.bio, timezone = p.timezone, is_active = p.is_active,
            updated_at = CASE WHEN v_linked THEN clock_timestamp() ELSE x.updated_at END
        WHERE x.id = p_id
        RETURNING x.* INTO p;
        outcome := 'changed';
    END IF;
    document := with_affected(provider_document(p), p_id, v_was_active, p.is_active);
    version := p.version;
    updated_at := p.updated_at;
END
$$;
