-- Statements of message templates.

-- name: in_force
-- The house's words for a message: of the facility, else of all; in the locale, else in its language,
-- else in the facility's own. One of the few rows of a purpose and channel, by the key's index.
SELECT t.subject, t.text, t.html, t.locale, t.facility_id, t.version
FROM message_templates AS t
LEFT JOIN facilities AS f ON f.id = %(facility_id)s
WHERE t.purpose = %(purpose)s AND t.channel = %(channel)s
  AND (t.facility_id = %(facility_id)s OR t.facility_id IS NULL)
ORDER BY t.facility_id IS NULL, t.locale <> %(locale)s, t.locale <> %(language)s,
         t.locale <> coalesce(f.locale, 'en'), split_part(t.locale, '-', 1) <> 'en', t.locale
LIMIT 1;

-- name: exact
-- A house's own words at exactly this place, and whether the facility exists.
SELECT t.subject, t.text, t.html, t.version, t.updated_at,
       %(facility_id)s::uuid IS NULL OR EXISTS (
           SELECT FROM facilities AS f WHERE f.id = %(facility_id)s AND f.deleted_at IS NULL) AS is_known
FROM (VALUES (1)) AS one
LEFT JOIN message_templates AS t
    ON t.purpose = %(purpose)s AND t.channel = %(channel)s AND t.locale = %(locale)s
   AND t.facility_id IS NOT DISTINCT FROM %(facility_id)s;

-- name: all_templates
-- Where a house has its own words; at most as many as may be saved.
SELECT t.purpose, t.channel, t.locale, t.facility_id, t.version, t.updated_at
FROM message_templates AS t
ORDER BY t.purpose, t.channel, t.facility_id NULLS FIRST, t.locale;

-- name: put
-- Saves (save.sql).
SELECT p.outcome, (p.template).subject, (p.template).text, (p.template).html,
       (p.template).version, (p.template).updated_at
FROM put_message_template(%(precondition)s, %(purpose)s, %(channel)s, %(locale)s, %(facility_id)s,
                          %(subject)s, %(text)s, %(html)s, %(limit)s) AS p;

-- name: delete
-- Drops (save.sql).
SELECT p.outcome, (p.template).subject, (p.template).text, (p.template).html,
       (p.template).version, (p.template).updated_at
FROM delete_message_template(%(precondition)s, %(purpose)s, %(channel)s, %(locale)s,
                             %(facility_id)s) AS p;

-- name: plan_test
-- A message to oneself, rendered already; of use for a few minutes. No row where the user has no address
-- for the channel; of devices the newest.
INSERT INTO deliveries (id, channel, purpose, state, reason, settled_at, lane, user_id, subscription_id,
                        sealed, due_at, expires_at)
SELECT %(id)s, %(channel)s, 'test',
       CASE WHEN %(is_configured)s THEN 'pending' ELSE 'suppressed' END,
       CASE WHEN NOT %(is_configured)s THEN 'not_configured' END,
       CASE WHEN NOT %(is_configured)s THEN clock_timestamp() END,
       ensure_lane(w.lane, %(channel)s), u.id, w.subscription_id,
       CASE WHEN %(is_configured)s THEN %(sealed)s::bytea END, clock_timestamp(),
       clock_timestamp() + interval '10 minutes'
FROM users AS u CROSS JOIN LATERAL (
    SELECT 'smtp' AS lane, NULL::uuid AS subscription_id
    WHERE %(channel)s = 'email' AND u.email IS NOT NULL
    UNION ALL
    SELECT 'sms', NULL WHERE %(channel)s = 'sms' AND u.phone_e164 IS NOT NULL
    UNION ALL (
        SELECT 'push:' || substring(s.endpoint FROM '^https?://([^/]+)'), s.id
        FROM push_subscriptions AS s WHERE %(channel)s = 'push' AND s.user_id = u.id
        ORDER BY s.created_at DESC LIMIT 1)
) AS w
WHERE u.id = %(user_id)s
RETURNING id;
