-- Sign-ins (SPEC 4.1). A sign-in's row is locked by whoever renews it and by whoever ends it: so
-- nothing is renewed once an end was answered. Lock order: the user's row, then sign-ins by id.

-- Begins a sign-in of an active user whose password is still the one that was checked; NULL when it
-- was changed meanwhile. A user has at most p_limit of them; the oldest ones make room.
--
-- p_secret_hash: of the cookie, or p_token_hash: of the first refresh token.
-- p_former_hash: of the cookie that the browser had until now; its sign-in ends.
CREATE OR REPLACE FUNCTION start_sign_in(
    p_id uuid, p_user_id uuid, p_password_hash text, p_secret_hash bytea, p_token_hash bytea,
    p_former_hash bytea, p_ttl_seconds integer, p_address text, p_user_agent text,
    p_limit integer
) RETURNS json
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_user    users;
    v_expires timestamptz;
BEGIN
    SELECT * INTO v_user FROM users AS u WHERE u.id = p_user_id FOR NO KEY UPDATE;
    IF v_user.id IS NULL OR NOT v_user.is_active
            OR v_user.password_hash IS DISTINCT FROM p_password_hash THEN
        RETURN NULL;
    END IF;
    v_expires := clock_timestamp() + make_interval(secs => p_ttl_seconds);
    INSERT INTO sign_ins (id, user_id, kind, secret_hash, expires_at, address, user_agent)
    VALUES (p_id, p_user_id, CASE WHEN p_secret_hash IS NULL THEN 'tokens' ELSE 'cookie' END,
            p_secret_hash, v_expires, p_address, p_user_agent);
    IF p_token_hash IS NOT NULL THEN
        INSERT INTO refresh_tokens (id, family_id, user_id, token_hash, expires_at)
        VALUES (p_id, p_id, p_user_id, p_token_hash, v_expires);
    END IF;
    PERFORM end_sign_ins_by_id(ARRAY(
        SELECT s.id FROM sign_ins AS s WHERE s.secret_hash = p_former_hash
        UNION ALL
        (SELECT s.id FROM sign_ins AS s WHERE s.user_id = p_user_id AND s.ended_at IS NULL
         ORDER BY s.id DESC OFFSET p_limit)));
    RETURN user_document(v_user);
END
$$;

-- Ends those of these sign-ins that have not ended; returns them.
CREATE OR REPLACE FUNCTION end_sign_ins_by_id(p_ids uuid[])
RETURNS TABLE (sign_in_id uuid, user_id uuid)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM FROM sign_ins AS s WHERE s.id = ANY (p_ids) ORDER BY s.id FOR NO KEY UPDATE;
    RETURN QUERY
        UPDATE sign_ins AS s SET ended_at = clock_timestamp()
        WHERE s.id = ANY (p_ids) AND s.ended_at IS NULL
        RETURNING s.id, s.user_id;
END
$$;

-- Ends the sign-ins behind a cookie, a refresh token and an access token (its `sid`), each if given
-- and not ended yet; returns them.
CREATE OR REPLACE FUNCTION sign_out(p_secret_hash bytea, p_token_hash bytea, p_sign_in_id uuid)
RETURNS TABLE (sign_in_id uuid, user_id uuid)
LANGUAGE sql VOLATILE AS $$
    SELECT * FROM end_sign_ins_by_id(ARRAY(
        SELECT s.id FROM sign_ins AS s WHERE s.secret_hash = p_secret_hash
        UNION ALL
        SELECT t.family_id FROM refresh_tokens AS t WHERE t.token_hash = p_token_hash
        UNION ALL
        SELECT p_sign_in_id WHERE p_sign_in_id IS NOT NULL))
$$;

-- A sign-in as its owner sees it. p_current: the one that asks.
CREATE OR REPLACE FUNCTION sign_in_document(s sign_ins, p_current uuid) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_build_object(
        'id', s.id, 'kind', s.kind, 'createdAt', wire_time(s.created_at),
        'lastUsedAt', wire_time(s.last_used_at), 'expiresAt', wire_time(s.expires_at),
        'address', s.address, 'userAgent', s.user_agent,
        'current', s.id IS NOT DISTINCT FROM p_current)
$$;

-- Ends a user's own sign-in. Outcomes: ended, not_found (also another's, or one that has ended).
CREATE OR REPLACE FUNCTION end_own_sign_in(p_user_id uuid, p_id uuid) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_sign_in sign_ins;
BEGIN
    SELECT * INTO v_sign_in FROM sign_ins AS s WHERE s.id = p_id FOR NO KEY UPDATE;
    IF v_sign_in.user_id IS DISTINCT FROM p_user_id OR v_sign_in.ended_at IS NOT NULL
            OR v_sign_in.expires_at <= clock_timestamp() THEN
        RETURN 'not_found';
    END IF;
    UPDATE sign_ins AS s SET ended_at = clock_timestamp() WHERE s.id = p_id;
    RETURN 'ended';
END
$$;

-- Ends all of a user's sign-ins but one (NULL: all).
CREATE OR REPLACE FUNCTION end_sign_ins(p_user_id uuid, p_except uuid) RETURNS void
LANGUAGE sql VOLATILE AS $$
    SELECT FROM end_sign_ins_by_id(ARRAY(
        SELECT s.id FROM sign_ins AS s
        WHERE s.user_id = p_user_id AND s.ended_at IS NULL AND s.id IS DISTINCT FROM p_except))
$$;

-- Ends everything that proves who the user is, but one sign-in (NULL: all). The caller holds the
-- user's row lock.
CREATE OR REPLACE FUNCTION end_access(p_user_id uuid, p_except uuid DEFAULT NULL) RETURNS void
LANGUAGE sql VOLATILE AS $$
    SELECT end_sign_ins(p_user_id, p_except);
    UPDATE password_resets SET used_at = clock_timestamp()
    WHERE user_id = p_user_id AND used_at IS NULL;
$$;

-- Uses a refresh token up and puts its successor in its place. The successor's secret follows from
-- the token's, so a second use within p_grace_seconds (two tabs, an answer that was lost) gets the
-- same one; a later use means that somebody copied the token, and ends the sign-in.
-- Outcomes: rotated, repeated, reused, ended, expired, inactive, unknown, too_many (there were
-- p_limit successors within an hour; the token stays as it is). hits: how many there were.
CREATE OR REPLACE FUNCTION rotate_refresh_token(
    p_token_hash bytea, p_new_id uuid, p_new_hash bytea, p_ttl_seconds integer,
    p_grace_seconds integer, p_limit integer, p_address text, p_user_agent text,
    OUT outcome text, OUT user_id uuid, OUT sign_in_id uuid, OUT document json,
    OUT hits integer, OUT reset_seconds integer
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now     timestamptz;
    v_sign_in sign_ins;
    v_token   refresh_tokens;
    v_user    users;
BEGIN
    SELECT t.family_id INTO sign_in_id FROM refresh_tokens AS t WHERE t.token_hash = p_token_hash;
    SELECT * INTO v_sign_in FROM sign_ins AS s WHERE s.id = sign_in_id FOR NO KEY UPDATE;
    v_now := clock_timestamp();
    SELECT * INTO v_token FROM refresh_tokens AS t WHERE t.token_hash = p_token_hash;
    user_id := v_token.user_id;
    SELECT * INTO v_user FROM users AS u WHERE u.id = user_id;
    outcome := CASE
        WHEN v_token.id IS NULL THEN 'unknown'
        WHEN v_sign_in.ended_at IS NOT NULL THEN 'ended'
        WHEN NOT v_user.is_active THEN 'inactive'
        WHEN v_token.used_at + make_interval(secs => p_grace_seconds) > v_now AND EXISTS (
            SELECT FROM refresh_tokens AS t
            WHERE t.token_hash = p_new_hash AND t.family_id = sign_in_id) THEN 'repeated'
        WHEN v_token.used_at IS NOT NULL THEN 'reused'
        WHEN v_token.expires_at <= v_now THEN 'expired'
        ELSE 'rotated' END;
    IF outcome = 'rotated' AND p_limit IS NOT NULL THEN
        SELECT h.hits, h.reset_seconds INTO hits, reset_seconds
        FROM count_hit('refresh:' || sign_in_id, 3600) AS h;
        IF hits > p_limit THEN
            outcome := 'too_many';
        END IF;
    END IF;
    IF outcome = 'reused' THEN
        UPDATE sign_ins AS s SET ended_at = v_now WHERE s.id = sign_in_id;
    ELSIF outcome = 'rotated' THEN
        UPDATE refresh_tokens AS t SET used_at = v_now WHERE t.id = v_token.id;
        INSERT INTO refresh_tokens (id, family_id, user_id, token_hash, expires_at)
        VALUES (p_new_id, sign_in_id, user_id, p_new_hash,
                v_now + make_interval(secs => p_ttl_seconds));
        UPDATE sign_ins AS s SET
            last_used_at = v_now, expires_at = v_now + make_interval(secs => p_ttl_seconds),
            address = p_address, user_agent = p_user_agent
        WHERE s.id = sign_in_id;
    END IF;
    IF outcome IN ('rotated', 'repeated') THEN
        document := user_document(v_user);
    END IF;
END
$$;
