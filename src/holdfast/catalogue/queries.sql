-- Statements of the catalogue. Functions (functions.sql, providers.sql, removal.sql, calendar.sql,
-- laying.sql, publishing.sql) say which locks they take, in which order.

-- name: facilities
-- A page of what is not hidden, sorted by name and id (facilities_name_idx); no locks.
SELECT facility_document(f) AS document, f.name, f.id
FROM facilities AS f
WHERE f.deleted_at IS NULL
  AND (%(after_key)s::text IS NULL OR (f.name, f.id) > (%(after_key)s, %(after_id)s::uuid))
ORDER BY f.name, f.id
LIMIT %(limit)s;

-- name: facility
-- One by primary key, unless hidden; no locks.
SELECT facility_document(f) AS document, f.version, f.updated_at
FROM facilities AS f
WHERE f.id = %(id)s AND f.deleted_at IS NULL;

-- name: create_facility
-- Outcomes: created, unknown_timezone.
SELECT outcome, document, version, updated_at
FROM create_facility(%(actor)s, %(id)s, %(values)s);

-- name: change_facility
-- Locks the row FOR NO KEY UPDATE and compares the precondition with it.
-- Outcomes: changed, not_found, unknown_timezone, or of check_preconditions.
SELECT outcome, document, version, updated_at
FROM change_facility(%(actor)s, %(id)s, %(precondition)s, %(values)s);

-- name: allow_long_statement
-- For this transaction: a removal may withdraw a hundred thousand slots.
SELECT set_config('statement_timeout', '120s', true);

-- name: delete_facility
-- Locks calendars, unbooked slots, then the row FOR UPDATE; hides it unless it is needed.
-- Outcomes: deleted, not_found, in_use, or of check_preconditions; may raise 40001.
SELECT outcome, document FROM delete_facility(%(actor)s, %(id)s, %(precondition)s);

-- name: services
-- As facilities, by title; inactive ones for staff only.
SELECT service_document(s) AS document, s.title, s.id
FROM services AS s
WHERE s.deleted_at IS NULL AND (s.is_active OR %(inactive)s)
  AND (%(after_key)s::text IS NULL OR (s.title, s.id) > (%(after_key)s, %(after_id)s::uuid))
ORDER BY s.title, s.id
LIMIT %(limit)s;

-- name: service
-- One by primary key, unless hidden; an inactive one for staff only.
SELECT service_document(s) AS document, s.version, s.updated_at
FROM services AS s
WHERE s.id = %(id)s AND s.deleted_at IS NULL AND (s.is_active OR %(inactive)s);

-- name: create_service
-- Outcome: created.
SELECT outcome, document, version, updated_at
FROM create_service(%(actor)s, %(id)s, %(values)s);

-- name: change_service
-- As change_facility. Outcomes: changed, not_found, or of check_preconditions.
SELECT outcome, document, version, updated_at
FROM change_service(%(actor)s, %(id)s, %(precondition)s, %(values)s);

-- name: delete_service
-- As delete_facility.
SELECT outcome, document FROM delete_service(%(actor)s, %(id)s, %(precondition)s);

-- name: providers
-- As facilities, by name; inactive ones for staff only. `search` is looked for in the name.
SELECT provider_document(p) AS document, p.name, p.id
FROM providers AS p
WHERE p.deleted_at IS NULL AND (p.is_active OR %(inactive)s)
  AND (%(after_key)s::text IS NULL OR (p.name, p.id) > (%(after_key)s, %(after_id)s::uuid))
  AND (%(search)s::text IS NULL OR position(lower(%(search)s) IN lower(p.name)) > 0)
  AND (%(facility_id)s::uuid IS NULL OR EXISTS (
      SELECT FROM provider_facilities AS pf
      WHERE pf.provider_id = p.id AND pf.facility_id = %(facility_id)s))
  AND (%(service_id)s::uuid IS NULL OR EXISTS (
      SELECT FROM provider_services AS ps
      WHERE ps.provider_id = p.id AND ps.service_id = %(service_id)s))
ORDER BY p.name, p.id
LIMIT %(limit)s;

-- name: provider
-- One by primary key, unless hidden; an inactive one for staff only.
SELECT provider_document(p) AS document, p.version, p.updated_at
FROM providers AS p
WHERE p.id = %(id)s AND p.deleted_at IS NULL AND (p.is_active OR %(inactive)s);

-- name: create_provider
-- Keeps what it links to from being removed (FOR KEY SHARE).
-- Outcomes: created, unknown_timezone, unknown_links.
SELECT outcome, document, version, updated_at, unknown
FROM create_provider(%(actor)s, %(id)s, %(values)s);

-- name: change_provider
-- As change_facility, and as create_provider for what it links to.
-- Outcomes: changed, not_found, unknown_timezone, unknown_links, or of check_preconditions.
SELECT outcome, document, version, updated_at, unknown
FROM change_provider(%(actor)s, %(id)s, %(precondition)s, %(values)s);

-- name: delete_provider
-- As delete_facility.
SELECT outcome, document FROM delete_provider(%(actor)s, %(id)s, %(precondition)s);

-- name: schedule
-- The schedule of a provider who is not hidden; NULLs when none was put. No locks.
SELECT CASE WHEN s.provider_id IS NOT NULL THEN schedule_document(s) END AS document,
       s.version, s.updated_at
FROM providers AS p LEFT JOIN schedules AS s ON s.provider_id = p.id
WHERE p.id = %(provider_id)s AND p.deleted_at IS NULL;

-- name: put_schedule
-- Locks the provider's calendar, then the schedule, and compares the precondition with it.
-- Outcomes: created, replaced, not_found, foreign_fields, or of check_preconditions.
SELECT outcome, document, version, updated_at, fields
FROM put_schedule(%(actor)s, %(provider_id)s, %(precondition)s, %(schedule)s);

-- name: lock_schedule
-- Locks the provider's calendar until the end of the transaction and reads what slots are made of.
SELECT was_marked, first_day, timezone, schedule, facility_ids, services, now, last_start,
       unknown_until
FROM lock_schedule(%(provider_id)s, %(settles)s);

-- name: adopt_slots
-- Locks the calendar, then slots by id; decides whether they came from the schedule.
SELECT adopt_slots(%(provider_id)s, %(until)s, %(periods)s);

-- name: withdraw_slots
-- Locks the calendar, then slots by id; withdraws what the periods lack and nobody has.
SELECT withdrawn, gone, conflicts, conflict_count
FROM withdraw_slots(%(actor)s, %(provider_id)s, %(from)s, %(to)s, %(periods)s, %(is_dry)s);

-- name: publish_slots
-- Locks the provider's calendar; creates those of the periods that are free, or brings them back.
SELECT created, existing, skipped
FROM publish_slots(%(actor)s, %(provider_id)s, %(periods)s, %(is_dry)s, %(gone)s);

-- name: continue_laying
-- Remembers the day from which a worker goes on.
SELECT continue_laying(%(provider_id)s, %(first_day)s);

-- name: due_calendars
-- Providers whose calendars have to be laid out again, longest due first; no locks.
SELECT m.provider_id FROM stale_calendars AS m
WHERE m.due_at <= statement_timestamp()
ORDER BY m.due_at
LIMIT %(limit)s;

-- name: due_calendars_of_service
-- The same, of those who give a service.
SELECT m.provider_id
FROM stale_calendars AS m
JOIN provider_services AS ps ON ps.provider_id = m.provider_id AND ps.service_id = %(service_id)s
ORDER BY m.provider_id
LIMIT %(limit)s;

-- name: put_off_calendar
-- After a failure: others first.
UPDATE stale_calendars SET due_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE provider_id = %(provider_id)s;

-- name: scheduled_providers
-- Ids of active providers with a schedule after an id, at most `limit`; no locks.
SELECT p.id
FROM providers AS p JOIN schedules AS s ON s.provider_id = p.id
WHERE p.is_active AND p.deleted_at IS NULL AND p.id > %(after_id)s
ORDER BY p.id
LIMIT %(limit)s;
