-- Statements of mail.

-- name: reset_seconds
-- How long a link that sets a password works still; no row when it does not.
SELECT extract(epoch FROM r.expires_at - clock_timestamp())::double precision AS seconds
FROM password_resets AS r
WHERE r.secret_hash = %(secret_hash)s AND password_reset_is_open(r.secret_hash);

-- name: note_refused_address
-- Nothing goes to this address any more, unless the person has another one by now (bounces.sql).
SELECT note_bounced_address(%(user_id)s, %(address)s) AS noted;

-- name: note_bounce
-- A failure report about a mail (bounces.sql).
SELECT outcome FROM note_bounce(%(delivery_id)s, %(wrong_addresses)s);
