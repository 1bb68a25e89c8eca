-- Accounts (SPEC 4.1). Lock order: the user's row first, then that user's sign-ins by id, tokens and
-- resets. Signing in and out, and passwords: sign_ins.sql.

-- A user as the API shows it.
CREATE OR REPLACE FUNCTION user_document(u users) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_build_object(
        'id', u.id, 'email', u.email, 'name', u.name, 'phone', u.phone, 'role', u.role,
        'timezone', u.timezone, 'preferences', u.preferences, 'providerId', u.provider_id,
        'isActive', u.is_active, 'version', u.version,
        'createdAt', wire_time(u.created_at), 'updatedAt', wire_time(u.updated_at))
$$;

-- A client as staff see them in a list.
CREATE OR REPLACE FUNCTION client_document(u users) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_build_object('id', u.id, 'name', u.name, 'email', u.email, 'phone', u.phone)
$$;

-- Why a user with this role may not be linked to this provider; NULL when it may. The provider's
-- row is locked against being hidden meanwhile.
CREATE OR REPLACE FUNCTION refuse_provider_link(p_role user_role, p_provider_id uuid) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF p_provider_id IS NULL THEN
        RETURN NULL;
    END IF;
    IF p_role <> 'operator' THEN
        RETURN 'provider_needs_operator';
    END IF;
    PERFORM FROM providers AS p WHERE p.id = p_provider_id AND p.deleted_at IS NULL FOR SHARE;
    RETURN CASE WHEN NOT FOUND THEN 'provider_not_found' END;
END
$$;

-- Adds a user; the unique index decides whether the e-mail address is free.
-- Outcomes: created, email_taken, provider_needs_operator, provider_not_found.
CREATE OR REPLACE FUNCTION create_user(
    p_user_id uuid, p_email text, p_password_hash text, p_role user_role, p_name text,
    p_phone text, p_phone_e164 text, p_provider_id uuid, p_entered_by uuid,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_user users;
BEGIN
    outcome := refuse_provider_link(p_role, p_provider_id);
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO users (id, email, password_hash, role, name, phone, phone_e164, provider_id,
                       entered_by)
    VALUES (p_user_id, p_email, p_password_hash, p_role, p_name, p_phone, p_phone_e164,
            p_provider_id, p_entered_by)
    ON CONFLICT (lower(email)) DO NOTHING
    RETURNING * INTO v_user;
    IF v_user.id IS NULL THEN
        outcome := 'email_taken';
        RETURN;
    END IF;
    outcome := 'created';
    document := user_document(v_user);
    version := v_user.version;
    updated_at := v_user.updated_at;
END
$$;

-- Whether an active administrator besides this one is left. Those who take an administrator away
-- pass one at a time, so that two cannot take away each other.
CREATE OR REPLACE FUNCTION another_admin_remains(p_user_id uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(20003, 0);
    RETURN EXISTS (
        SELECT FROM users AS u WHERE u.role = 'admin' AND u.is_active AND u.id <> p_user_id);
END
$$;

-- Changes a user's columns to those in p_patch (column names; what is not named stays). A role
-- other than operator ends the link to a provider. A patch that changes nothing makes no version.
-- Outcomes: changed, unchanged, not_found, email_taken, email_needed, phone_needed,
-- provider_needs_operator, provider_not_found, last_admin, or as check_preconditions.
CREATE OR REPLACE FUNCTION change_user(
    p_user_id uuid, p_patch jsonb, p_precondition jsonb,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_before     users;
    v_after      users;
    v_constraint text;
BEGIN
    SELECT * INTO v_before FROM users AS u WHERE u.id = p_user_id FOR NO KEY UPDATE;
    IF v_before.id IS NULL THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    document := user_document(v_before);
    version := v_before.version;
    updated_at := v_before.updated_at;
    v_after := jsonb_populate_record(v_before, p_patch);
    IF v_after.phone IS DISTINCT FROM v_before.phone AND NOT p_patch ? 'phone_e164' THEN
        v_after.phone_e164 := NULL;
    END IF;
    IF v_after.role <> 'operator' AND NOT p_patch ? 'provider_id' THEN
        v_after.provider_id := NULL;
    END IF;
    outcome := check_preconditions(p_precondition, v_before.version, v_before.updated_at);
    IF outcome IS NULL AND v_after IS NOT DISTINCT FROM v_before THEN
        outcome := 'unchanged';
    END IF;
    IF outcome IS NULL AND (v_after.role, v_after.provider_id)
            IS DISTINCT FROM (v_before.role, v_before.provider_id) THEN
        outcome := refuse_provider_link(v_after.role, v_after.provider_id);
    END IF;
    IF outcome IS NULL AND v_after.email IS NULL THEN
        outcome := CASE WHEN v_after.role <> 'client' THEN 'email_needed'
                        WHEN v_after.phone IS NULL THEN 'phone_needed' END;
    END IF;
    IF outcome IS NULL AND v_before.role = 'admin' AND v_before.is_active
            AND NOT (v_after.role = 'admin' AND v_after.is_active)
            AND NOT another_admin_remains(p_user_id) THEN
        outcome := 'last_admin';
    END IF;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;

    -- What callers of other processes are remembered by.
    IF (v_after.role, v_after.provider_id, v_after.is_active, v_after.name, v_after.email)
            IS DISTINCT FROM
       (v_before.role, v_before.provider_id, v_before.is_active, v_before.name, v_before.email)
    THEN
        v_after.access_changed_at := clock_timestamp();
    END IF;
    IF v_before.is_active AND NOT v_after.is_active THEN
        PERFORM end_access(p_user_id);
    ELSIF v_before.email IS DISTINCT FROM v_after.email THEN
        -- Links that were sent to the address before must not open the account any more.
        UPDATE password_resets AS r SET used_at = clock_timestamp()
        WHERE r.user_id = p_user_id AND r.used_at IS NULL;
    END IF;
    UPDATE users AS u SET
        email = v_after.email, role = v_after.role, name = v_after.name, phone = v_after.phone,
        phone_e164 = v_after.phone_e164,
        timezone = v_after.timezone, preferences = v_after.preferences,
        provider_id = v_after.provider_id, is_active = v_after.is_active,
        access_changed_at = v_after.access_changed_at,
        version = u.version + 1,
        updated_at = greatest(clock_timestamp(), u.updated_at + interval '1 microsecond')
    WHERE u.id = p_user_id
    RETURNING u.* INTO v_after;
    outcome := 'changed';
    document := user_document(v_after);
    version := v_after.version;
    updated_at := v_after.updated_at;
EXCEPTION WHEN unique_violation THEN
    GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
    IF v_constraint <> 'users_email_key' THEN
        RAISE;
    END IF;
    outcome := 'email_taken';
END
$$;
