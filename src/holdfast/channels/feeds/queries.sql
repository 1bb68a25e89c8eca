-- Statements of calendar feeds. create_calendar_feed() says which lock it takes; nothing else takes one.

-- name: create_feed
-- Outcomes: created, not_found, forbidden, too_many.
SELECT outcome
FROM create_calendar_feed(%(actor)s, %(id)s, %(provider_id)s, %(detail)s, %(secret_hash)s, %(limit)s);

-- name: feeds
-- A page of a person's feeds, the oldest first (calendar_feeds_user_idx).
SELECT feed_document(f) AS document, f.created_at, f.id
FROM calendar_feeds AS f
WHERE f.user_id = %(user_id)s
  AND (%(after_key)s::timestamptz IS NULL OR (f.created_at, f.id) > (%(after_key)s, %(after_id)s::uuid))
ORDER BY f.created_at, f.id
LIMIT %(limit)s;

-- name: revoke_feed
-- By its primary key; no row when it is not this person's.
DELETE FROM calendar_feeds WHERE id = %(id)s AND user_id = %(user_id)s RETURNING id;

-- name: feed_state
-- What a feed was made from, as `feed_events` reads it: whoever knows all of it has the feed. Found by the
-- hash of its secret; its channel, the names and the day besides. No row: unknown, revoked, or its owner
-- may no longer see it.
SELECT f.id, f.detail, feed_version(f) AS version, n.changes AS names,
       (statement_timestamp() AT TIME ZONE 'UTC')::date AS day
FROM calendar_feeds AS f
JOIN users AS u ON u.id = f.user_id
CROSS JOIN shown_names AS n
WHERE f.secret_hash = %(secret_hash)s AND feed_is_allowed(u, f.provider_id);

-- name: feed_events
-- The same with its events, all in one snapshot; one row without an event for an empty feed. Whole days, so
-- that time changes a feed at midnight (UTC) only.
WITH feed AS MATERIALIZED (
    SELECT f, feed_version(f) AS version, n.changes AS names,
           (statement_timestamp() AT TIME ZONE 'UTC')::date AS day, p.name AS calendar_name
    FROM calendar_feeds AS f
    JOIN users AS u ON u.id = f.user_id
    LEFT JOIN providers AS p ON p.id = f.provider_id
    CROSS JOIN shown_names AS n
    WHERE f.secret_hash = %(secret_hash)s AND feed_is_allowed(u, f.provider_id)
)
SELECT (d.f).id AS feed_id, (d.f).detail, d.version, d.names, d.day, (d.f).provider_id AS feed_provider_id,
       d.calendar_name, e.*
FROM feed AS d
LEFT JOIN LATERAL (
    SELECT a.id, a.start_at, a.end_at, coalesce(f.timezone, p.timezone) AS timezone,
           a.status::text AS status, a.deleted_at, a.created_at, a.updated_at,
           sv.title AS service_title, p.name AS provider_name, u.name AS client_name,
           f.name AS facility_name, f.address AS facility_address,
           -- What was never changed was never moved.
           CASE WHEN a.version = 1 THEN 0 ELSE calendar_sequence(a.id, a.version) END AS sequence
    FROM feed_appointments(
        d.f, (d.day - 30)::timestamp AT TIME ZONE 'UTC', (d.day + 366)::timestamp AT TIME ZONE 'UTC',
        %(limit)s) AS a
    JOIN providers AS p ON p.id = a.provider_id
    JOIN services AS sv ON sv.id = a.service_id
    JOIN users AS u ON u.id = a.user_id
    LEFT JOIN facilities AS f ON f.id = a.facility_id
) AS e ON true
ORDER BY e.start_at, e.id;
