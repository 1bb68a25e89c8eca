-- Sealed secrets that stay, for `holdfast rotate-secrets`. Each is replaced only if it is still what was
-- read, so that a secret that is replaced meanwhile stays the new one.

-- name: sealed_endpoints
-- At most fifty that are not deleted.
SELECT w.id, w.secret_sealed AS sealed FROM webhook_endpoints AS w WHERE w.deleted_at IS NULL
ORDER BY w.id;

-- name: reseal_endpoint
-- One, unless it was replaced meanwhile.
UPDATE webhook_endpoints SET secret_sealed = %(sealed)s
WHERE id = %(id)s AND secret_sealed = %(former)s;

-- name: sealed_previous
-- Those that still sign beside a new one, or did.
SELECT w.id, w.previous_secret_sealed AS sealed FROM webhook_endpoints AS w
WHERE w.deleted_at IS NULL AND w.previous_secret_sealed IS NOT NULL ORDER BY w.id;

-- name: reseal_previous
-- One, unless it was replaced meanwhile.
UPDATE webhook_endpoints SET previous_secret_sealed = %(sealed)s
WHERE id = %(id)s AND previous_secret_sealed = %(former)s;

-- name: sealed_subscriptions
-- One row for each browser that takes push messages.
SELECT s.id, s.auth_sealed AS sealed FROM push_subscriptions AS s ORDER BY s.id;

-- name: reseal_subscription
-- One, unless it was replaced meanwhile.
UPDATE push_subscriptions SET auth_sealed = %(sealed)s
WHERE id = %(id)s AND auth_sealed = %(former)s;
