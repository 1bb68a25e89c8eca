-- Passwords that change (SPEC 4.1). Each locks the user's row, and ends what the old one opened.

-- Changes a user's password while it is still the one that was checked, and ends all other access.
-- p_keep: the sign-in that asks for it, which goes on.
-- Outcomes: changed, stale (the password was changed meanwhile, or the user is not active).
CREATE OR REPLACE FUNCTION change_password(
    p_user_id uuid, p_former_hash text, p_password_hash text, p_keep uuid
) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_user users;
BEGIN
    SELECT * INTO v_user FROM users AS u WHERE u.id = p_user_id FOR NO KEY UPDATE;
    IF v_user.id IS NULL OR NOT v_user.is_active
            OR v_user.password_hash IS DISTINCT FROM p_former_hash THEN
        RETURN 'stale';
    END IF;
    PERFORM set_password(p_user_id, p_password_hash, p_keep);
    RETURN 'changed';
END
$$;

-- Sets a password, ends all access but one sign-in (NULL: all), the links in earlier mails included, and
-- forgets failed sign-ins. The caller holds the user's row lock.
CREATE OR REPLACE FUNCTION set_password(p_user_id uuid, p_password_hash text, p_keep uuid)
RETURNS void
LANGUAGE sql VOLATILE AS $$
    SELECT end_access(p_user_id, p_keep);
    SELECT forget_sign_in_failures(p_user_id);
    UPDATE users AS u SET password_hash = p_password_hash, links_version = u.links_version + 1
    WHERE u.id = p_user_id;
$$;

-- Sets a new password with the secret of a reset mail, once, and ends all other access.
-- Outcomes: changed, invalid (unknown, used, expired, or the user is not active).
CREATE OR REPLACE FUNCTION reset_password(
    p_secret_hash bytea, p_password_hash text, OUT outcome text, OUT user_id uuid
)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT r.user_id INTO user_id FROM password_resets AS r WHERE r.secret_hash = p_secret_hash;
    PERFORM FROM users AS u WHERE u.id = user_id FOR NO KEY UPDATE;
    IF NOT password_reset_is_open(p_secret_hash) THEN
        outcome := 'invalid';
        RETURN;
    END IF;
    PERFORM set_password(user_id, p_password_hash, NULL);
    outcome := 'changed';
END
$$;

-- Sets a new password of an administrator for whoever runs the server, and ends all other access.
-- Outcomes: changed, not_found (no active administrator).
CREATE OR REPLACE FUNCTION reset_admin_password(p_user_id uuid, p_password_hash text) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM FROM users AS u
    WHERE u.id = p_user_id AND u.role = 'admin' AND u.is_active FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    END IF;
    PERFORM set_password(p_user_id, p_password_hash, NULL);
    RETURN 'changed';
END
$$;

-- Whether the secret of a reset mail may still be used.
CREATE OR REPLACE FUNCTION password_reset_is_open(p_secret_hash bytea) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
    SELECT EXISTS (
        SELECT FROM password_resets AS r
        JOIN users AS u ON u.id = r.user_id
        WHERE r.secret_hash = p_secret_hash AND r.used_at IS NULL
          AND r.expires_at > clock_timestamp() AND u.is_active)
$$;

-- A link that sets a new password, and the mail that brings it, in one step: the active user with this
-- address gets both or nothing. The delivery has the link's secret sealed; it expires with the link, or
-- after 30 minutes. Takes no locks: resets of one user may be made side by side.
--
-- p_secret_hash, p_sealed: NULL where nothing can send mail; then only that is written down.
-- Outcomes: planned, not_configured, not_found.
CREATE OR REPLACE FUNCTION plan_password_reset(
    p_email text, p_secret_hash bytea, p_ttl_seconds double precision, p_delivery_id uuid, p_sealed bytea
) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_user_id uuid;
    v_now     timestamptz := clock_timestamp();
    v_ends    timestamptz := v_now + make_interval(secs => p_ttl_seconds);
BEGIN
    SELECT u.id INTO v_user_id FROM users AS u WHERE lower(u.email) = lower(p_email) AND u.is_active;
    IF v_user_id IS NULL THEN
        RETURN 'not_found';
    END IF;
    IF p_secret_hash IS NOT NULL THEN
        INSERT INTO password_resets (secret_hash, user_id, expires_at)
        VALUES (p_secret_hash, v_user_id, v_ends);
    END IF;
    INSERT INTO deliveries (id, channel, purpose, state, reason, settled_at, lane, user_id, sealed,
                            due_at, expires_at)
    VALUES (p_delivery_id, 'email', 'password_reset',
            CASE WHEN p_sealed IS NULL THEN 'suppressed' ELSE 'pending' END,
            CASE WHEN p_sealed IS NULL THEN 'not_configured' END,
            CASE WHEN p_sealed IS NULL THEN v_now END,
            ensure_lane('smtp', 'email'), v_user_id, p_sealed, v_now,
            least(v_ends, delivery_expiry('email', 'password_reset', v_now, NULL)));
    RETURN CASE WHEN p_sealed IS NULL THEN 'not_configured' ELSE 'planned' END;
END
$$;
