-- Statements of accounts. The functions they call say which locks they take.

-- name: create_user
-- One insert; the unique index on the e-mail address waits for a concurrent one.
SELECT outcome, document, version, updated_at
FROM create_user(%(user_id)s, %(email)s, %(password_hash)s, %(role)s::text::user_role, %(name)s,
                 %(phone)s, %(phone_e164)s, %(provider_id)s, %(entered_by)s);

-- name: change_user
-- Locks the user's row; then, if an administrator goes, the administrators' advisory lock.
SELECT outcome, document, version, updated_at
FROM change_user(%(user_id)s, %(patch)s, %(precondition)s);

-- name: user
-- One user by primary key.
SELECT user_document(u) AS document, u.version, u.updated_at
FROM users AS u
WHERE u.id = %(user_id)s;

-- name: users
-- A page of all users, the newest first (ids are sorted by time). Walks the primary key.
SELECT user_document(u) AS document, u.id
FROM users AS u
WHERE u.id < coalesce(%(before_id)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  AND (%(role)s::text IS NULL OR u.role = %(role)s::text::user_role)
ORDER BY u.id DESC
LIMIT %(limit)s;

-- name: account_by_email
-- What a sign-in is checked against, whatever the case of the address.
SELECT id, password_hash, is_active
FROM users
WHERE lower(email) = lower(%(email)s);

-- name: start_family
-- The first refresh token of a family, for an active user whose password is still the one that was
-- checked: no row when it was changed meanwhile. The row lock makes a change wait or be seen.
WITH account AS (
    SELECT u.id, user_document(u) AS document
    FROM users AS u
    WHERE u.id = %(user_id)s AND u.is_active AND u.password_hash = %(password_hash)s
    FOR SHARE
),
token AS (
    INSERT INTO refresh_tokens (id, family_id, user_id, token_hash, expires_at)
    SELECT %(token_id)s, %(token_id)s, id, %(token_hash)s,
           clock_timestamp() + make_interval(secs => %(ttl_seconds)s)
    FROM account
)
SELECT document FROM account;

-- name: start_session
-- A cookie session, under the same conditions as start_family.
WITH account AS (
    SELECT u.id, user_document(u) AS document
    FROM users AS u
    WHERE u.id = %(user_id)s AND u.is_active AND u.password_hash = %(password_hash)s
    FOR SHARE
),
session AS (
    INSERT INTO sessions (secret_hash, user_id, expires_at)
    SELECT %(secret_hash)s, id, clock_timestamp() + make_interval(secs => %(ttl_seconds)s)
    FROM account
)
SELECT document FROM account;

-- name: end_session
-- Removes a cookie session, if it is still there.
DELETE FROM sessions WHERE secret_hash = %(secret_hash)s;

-- name: rotate_refresh_token
-- Locks the user's row, so that the uses of one family come one after the other.
SELECT outcome, user_id, document
FROM rotate_refresh_token(%(token_hash)s, %(new_id)s, %(new_hash)s, %(ttl_seconds)s);

-- name: end_refresh_family
-- Locks the user's row first, as rotation does.
SELECT end_refresh_family(%(token_hash)s) AS user_id;

-- name: add_password_reset
-- A reset for the active user with this address; no row when there is none.
INSERT INTO password_resets (secret_hash, user_id, expires_at)
SELECT %(secret_hash)s, id, clock_timestamp() + make_interval(secs => %(ttl_seconds)s)
FROM users
WHERE lower(email) = lower(%(email)s) AND is_active
RETURNING user_id, (SELECT email FROM users WHERE id = user_id) AS email;

-- name: password_reset_is_open
-- A look before the costly hash; reset_password decides.
SELECT password_reset_is_open(%(secret_hash)s) AS is_open;

-- name: reset_password
-- Locks the user's row, then decides by the clock.
SELECT outcome, user_id FROM reset_password(%(secret_hash)s, %(password_hash)s);

-- name: add_actions
-- A batch of the user-action log. Adding a batch again adds nothing.
INSERT INTO user_actions (
    id, user_id, at, action, target, status, scenario, request_id, address, user_agent)
SELECT id, user_id, at, action, target, status, scenario, request_id, address, user_agent
FROM jsonb_to_recordset(%(actions)s) AS a (
    id uuid, user_id uuid, at timestamptz, action text, target text, status smallint,
    scenario text, request_id text, address text, user_agent text)
ON CONFLICT (id) DO NOTHING;

-- name: actions
-- A page of one user's log, newest first, straight from its index.
SELECT a.id, json_build_object(
    'id', a.id, 'at', wire_time(a.at), 'action', a.action, 'target', a.target,
    'status', a.status, 'scenario', a.scenario, 'requestId', a.request_id,
    'address', a.address, 'userAgent', a.user_agent) AS document
FROM user_actions AS a
WHERE a.user_id = %(user_id)s
  AND a.id < coalesce(%(before_id)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY a.id DESC
LIMIT %(limit)s;
