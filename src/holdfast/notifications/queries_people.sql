-- Statements about how people want to be told, and about links.

-- name: read_settings
-- A person's settings, and how they can be reached.
SELECT settings, version, updated_at, reach FROM read_notification_settings(%(user_id)s)
WHERE version IS NOT NULL;

-- name: save_settings
-- As save_notification_settings(): settings.sql.
SELECT outcome, settings, version, updated_at, reach
FROM save_notification_settings(%(user_id)s, %(settings)s, %(precondition)s, %(channels)s);

-- name: unsubscribe
-- As unsubscribe_from_reminders(): settings.sql.
SELECT unsubscribe_from_reminders(%(user_id)s) AS outcome;

-- name: linked
-- Whom a link speaks of, and which appointment: none when the link is void. A deleted appointment is
-- gone for its client.
SELECT u.name, u.email, a.provider_id, a.service_id
FROM users AS u JOIN appointments AS a ON a.user_id = u.id
WHERE u.id = %(user_id)s AND u.is_active AND u.links_version = %(links_version)s
  AND a.id = %(appointment_id)s AND a.deleted_at IS NULL;

-- name: locale
-- In which language a person wants to read; NULL: they did not say.
SELECT n.settings ->> 'locale' AS locale FROM notification_settings AS n WHERE n.user_id = %(user_id)s;

-- name: plan_reminders
-- As plan_reminders(): reminders.sql.
SELECT outcome, count
FROM plan_reminders(%(limit)s, %(channels)s, %(minutes)s, %(quiet_from)s, %(quiet_to)s);
