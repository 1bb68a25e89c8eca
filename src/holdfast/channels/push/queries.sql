-- Statements about push subscriptions.

-- name: subscribe
-- Locks the user's row, then the subscription of this browser, then those that make room.
SELECT outcome, created_at
FROM subscribe_to_push(%(user_id)s, %(id)s, %(endpoint)s, %(p256dh)s, %(auth_sealed)s, %(user_agent)s,
                       %(limit)s);

-- name: subscriptions
-- A person's browsers, the newest first; at most ten.
SELECT id, user_agent, created_at
FROM push_subscriptions
WHERE user_id = %(user_id)s
ORDER BY created_at DESC, id DESC;

-- name: unsubscribe
-- By its primary key; no row when it is not this person's.
DELETE FROM push_subscriptions WHERE id = %(id)s AND user_id = %(user_id)s RETURNING id;

-- name: subscription_to_send_to
-- Where a message goes, by its primary key.
SELECT s.endpoint, s.p256dh, s.auth_sealed
FROM push_subscriptions AS s
JOIN users AS u ON u.id = s.user_id AND u.is_active
WHERE s.id = %(id)s AND s.user_id = %(user_id)s;

-- name: forget_subscription
-- The push service says that the browser is gone.
DELETE FROM push_subscriptions WHERE id = %(id)s;
