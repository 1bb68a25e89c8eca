-- The catalogue: facilities, services and providers (SPEC 4.2).
--
-- Lock order: providers by id (their calendars), then slot rows by id, then facilities, then
-- services. A change takes its row FOR NO KEY UPDATE, which does not stand in the way of bookings:
-- their foreign keys ask for FOR KEY SHARE. A removal takes it FOR UPDATE, which does:
--
--   * A booking that names the row holds FOR KEY SHARE on it until it commits, at the latest from
--     its INSERT on (lock_offered_service takes it when the booking decides). The removal waits
--     for that commit, and its next statement, with a snapshot of its own, sees the appointment:
--     in_use.
--   * A booking that comes after the removal has the row waits in lock_offered_service, looks at
--     the row again when it gets it, and finds it removed.
--
-- So no live appointment is ever left with something that is hidden.

-- Raises the version of a catalogue row that really changes.
CREATE OR REPLACE FUNCTION count_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW IS NOT DISTINCT FROM OLD THEN
        RETURN OLD;
    END IF;
    NEW.version := OLD.version + 1;
    NEW.changed_before := OLD.updated_at;
    NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at + interval '1 microsecond');
    RETURN NEW;
END
$$;

-- Whether this database can reckon in the zone: it may know others than the server does.
CREATE OR REPLACE FUNCTION is_known_timezone(p_timezone text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM clock_timestamp() AT TIME ZONE p_timezone;
    RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END
$$;

-- ------------------------------------------------------------------ as the API shows them

CREATE OR REPLACE FUNCTION facility_document(f facilities) RETURNS json
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT json_build_object('id', f.id, 'name', f.name, 'timezone', f.timezone,
        'address', f.address, 'email', f.email, 'phone', f.phone, 'locale', f.locale,
        'version', f.version)
$$;

-- Of the late fees, only the one there is.
CREATE OR REPLACE FUNCTION service_document(s services) RETURNS json
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT json_build_object(
        'id', s.id, 'title', s.title, 'description', s.description,
        'durationMinutes', s.duration_minutes,
        'bufferBeforeMinutes', s.buffer_before_minutes,
        'bufferAfterMinutes', s.buffer_after_minutes,
        'priceCents', s.price_cents, 'currency', s.currency,
        'cancellationPolicy', json_strip_nulls(json_build_object(
            'freeUntilHours', s.free_until_hours, 'lateFeeCents', s.late_fee_cents,
            'lateFeePercent', s.late_fee_percent, 'noShowFeeCents', s.no_show_fee_cents)),
        'isActive', s.is_active, 'version', s.version)
$$;

-- Ids in order, so that equal links read alike.
CREATE OR REPLACE FUNCTION provider_document(p providers) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_build_object(
        'id', p.id, 'name', p.name, 'bio', p.bio, 'timezone', p.timezone,
        'facilityIds', (
            SELECT coalesce(json_agg(pf.facility_id ORDER BY pf.facility_id), '[]')
            FROM provider_facilities AS pf WHERE pf.provider_id = p.id),
        'serviceIds', (
            SELECT coalesce(json_agg(ps.service_id ORDER BY ps.service_id), '[]')
            FROM provider_services AS ps WHERE ps.provider_id = p.id),
        'isActive', p.is_active, 'version', p.version)
$$;

-- ------------------------------------------------------------------ facilities

-- Outcomes: created, unknown_timezone.
CREATE OR REPLACE FUNCTION create_facility(
    p_actor jsonb, p_id uuid, p_values jsonb,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    f facilities := jsonb_populate_record(NULL::facilities, p_values);
BEGIN
    PERFORM act_as(p_actor);
    IF NOT is_known_timezone(f.timezone) THEN
        outcome := 'unknown_timezone';
        RETURN;
    END IF;
    INSERT INTO facilities (id, name, timezone, address, email, phone, locale)
    VALUES (p_id, f.name, f.timezone, f.address, f.email, f.phone, f.locale)
    RETURNING * INTO f;
    outcome := 'created';
    document := facility_document(f);
    version := f.version;
    updated_at := f.updated_at;
END
$$;

-- Locks the row, compares the precondition with it, then sets the fields that p_changes names.
-- Outcomes: changed (also when nothing differs), not_found, unknown_timezone, or of
-- check_preconditions.
CREATE OR REPLACE FUNCTION change_facility(
    p_actor jsonb, p_id uuid, p_precondition jsonb, p_changes jsonb,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    f facilities;
BEGIN
    PERFORM act_as(p_actor);
    SELECT * INTO f FROM facilities AS x
    WHERE x.id = p_id AND x.deleted_at IS NULL FOR NO KEY UPDATE;
    outcome := CASE
        WHEN f.id IS NULL THEN 'not_found'
        ELSE check_preconditions(p_precondition, f.version, f.updated_at, f.changed_before) END;
    IF outcome IS NULL AND NOT is_known_timezone(p_changes ->> 'timezone') THEN
        outcome := 'unknown_timezone';
    END IF;
    IF outcome IS NULL THEN
        f := jsonb_populate_record(f, p_changes);
        UPDATE facilities AS x
        SET name = f.name, timezone = f.timezone, address = f.address, email = f.email,
            phone = f.phone, locale = f.locale
        WHERE x.id = p_id
        RETURNING x.* INTO f;
        outcome := 'changed';
    END IF;
    document := facility_document(f);
    version := f.version;
    updated_at := f.updated_at;
END
$$;

-- ------------------------------------------------------------------ services

-- Outcome: created.
CREATE OR REPLACE FUNCTION create_service(
    p_actor jsonb, p_id uuid, p_values jsonb,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    s services := jsonb_populate_record(NULL::services, p_values);
BEGIN
    PERFORM act_as(p_actor);
    INSERT INTO services (
        id, title, description, duration_minutes, buffer_before_minutes, buffer_after_minutes,
        price_cents, currency, free_until_hours, late_fee_cents, late_fee_percent,
        no_show_fee_cents, is_active)
    VALUES (
        p_id, s.title, s.description, s.duration_minutes, s.buffer_before_minutes,
        s.buffer_after_minutes, s.price_cents, s.currency, s.free_until_hours, s.late_fee_cents,
        s.late_fee_percent, s.no_show_fee_cents, s.is_active)
    RETURNING * INTO s;
    outcome := 'created';
    document := service_document(s);
    version := s.version;
    updated_at := s.updated_at;
END
$$;

-- As change_facility. Outcomes: changed, not_found, or of check_preconditions.
CREATE OR REPLACE FUNCTION change_service(
    p_actor jsonb, p_id uuid, p_precondition jsonb, p_changes jsonb,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    s            services;
    v_was_active boolean;
BEGIN
    PERFORM act_as(p_actor);
    SELECT * INTO s FROM services AS x
    WHERE x.id = p_id AND x.deleted_at IS NULL FOR NO KEY UPDATE;
    outcome := CASE
        WHEN s.id IS NULL THEN 'not_found'
        ELSE check_preconditions(p_precondition, s.version, s.updated_at, s.changed_before) END;
    IF outcome IS NULL THEN
        v_was_active := s.is_active;
        s := jsonb_populate_record(s, p_changes);
        UPDATE services AS x
        SET title = s.title, description = s.description, duration_minutes = s.duration_minutes,
            buffer_before_minutes = s.buffer_before_minutes,
            buffer_after_minutes = s.buffer_after_minutes, price_cents = s.price_cents,
            currency = s.currency, free_until_hours = s.free_until_hours,
            late_fee_cents = s.late_fee_cents, late_fee_percent = s.late_fee_percent,
            no_show_fee_cents = s.no_show_fee_cents, is_active = s.is_active
        WHERE x.id = p_id
        RETURNING x.* INTO s;
        outcome := 'changed';
    END IF;
    document := with_affected(service_document(s), p_id, v_was_active, s.is_active);
    version := s.version;
    updated_at := s.updated_at;
END
$$;

-- In whose days statistics are counted: the zone of the facility, of several the first one; UTC as
-- long as there is none.
CREATE OR REPLACE FUNCTION home_timezone() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce((SELECT f.timezone FROM facilities AS f
                     WHERE f.deleted_at IS NULL ORDER BY f.id LIMIT 1), 'UTC')
$$;
