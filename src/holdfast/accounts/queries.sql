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

-- name: start_sign_in
-- Locks the user's row, then the sign-ins that make room. NULL when the password was changed meanwhile.
SELECT start_sign_in(%(sign_in_id)s, %(user_id)s, %(password_hash)s, %(secret_hash)s, %(token_hash)s,
                     %(former_hash)s, %(ttl_seconds)s, %(address)s, %(user_agent)s, %(limit)s)
       AS document;

-- name: rotate_refresh_token
-- Locks the sign-in's row, so that the uses of one family come one after the other.
SELECT outcome, user_id, sign_in_id, document, hits, reset_seconds
FROM rotate_refresh_token(%(token_hash)s, %(new_id)s, %(new_hash)s, %(ttl_seconds)s,
                          %(grace_seconds)s, %(limit)s, %(address)s, %(user_agent)s);

-- name: sign_out
-- Locks the rows of these sign-ins, by id.
SELECT sign_in_id, user_id FROM sign_out(%(secret_hash)s, %(token_hash)s, %(sign_in_id)s);

-- name: end_own_sign_in
-- Locks the sign-in's row.
SELECT end_own_sign_in(%(user_id)s, %(sign_in_id)s) AS outcome;

-- name: end_other_sign_ins
-- Locks the rows of a user's other sign-ins, by id.
SELECT end_sign_ins(%(user_id)s, %(keep)s);

-- name: sign_ins
-- A page of a user's live sign-ins, the newest first, straight from their index.
SELECT s.id, sign_in_document(s, %(current)s) AS document
FROM sign_ins AS s
WHERE s.user_id = %(user_id)s AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()
  AND s.id < coalesce(%(before_id)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY s.id DESC
LIMIT %(limit)s;

-- name: sign_in
-- A user's own live sign-in, by its id.
SELECT sign_in_document(s, %(current)s) AS document
FROM sign_ins AS s
WHERE s.id = %(sign_in_id)s AND s.user_id = %(user_id)s
  AND s.ended_at IS NULL AND s.expires_at > clock_timestamp();

-- name: account_by_id
-- What a change of password is checked against.
SELECT id, password_hash, is_active
FROM users
WHERE id = %(user_id)s;

-- name: change_password
-- Locks the user's row, then the sign-ins that end.
SELECT change_password(%(user_id)s, %(former_hash)s, %(password_hash)s, %(keep)s) AS outcome;

-- name: plan_password_reset
-- A link and the mail that brings it (passwords.sql).
SELECT plan_password_reset(%(email)s, %(secret_hash)s, %(ttl_seconds)s, %(delivery_id)s,
                           %(sealed)s) AS outcome;

-- name: password_reset_owner
-- A look before the costly hash; reset_password decides.
SELECT u.email, u.name
FROM password_resets AS r
JOIN users AS u ON u.id = r.user_id
WHERE r.secret_hash = %(secret_hash)s AND password_reset_is_open(r.secret_hash);

-- name: admin_by_email
-- An active administrator, by the unique index on the address.
SELECT id, email, name
FROM users
WHERE lower(email) = lower(%(email)s) AND role = 'admin' AND is_active;

-- name: reset_admin_password
-- Locks the user's row, then the sign-ins that end.
SELECT reset_admin_password(%(user_id)s, %(password_hash)s) AS outcome;

-- name: reset_password
-- Locks the user's row, then decides by the clock.
SELECT outcome, user_id FROM reset_password(%(secret_hash)s, %(password_hash)s);

-- name: sign_in_standing
-- Reads up to three counters by primary key; with a failure it raises them first, in the order that
-- throttle.sql gives.
SELECT is_refused, is_slowed, allowed, hits, reset_seconds
FROM sign_in_standing(%(email)s, %(address)s, %(has_failed)s, %(rules)s);

-- name: account_key
-- Computes only.
SELECT encode(account_key(%(email)s), 'hex') AS key;

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
