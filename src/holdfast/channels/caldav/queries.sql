-- Statements of calendar connections. Functions (connections.sql, planning.sql, sending.sql) say which
-- locks they take, in which order.

-- name: connections
-- A provider's, the oldest first (calendar_connections_provider_idx); no locks.
SELECT connection_document(c) AS document, c.created_at, c.id
FROM calendar_connections AS c
WHERE c.provider_id = %(provider_id)s AND c.deleted_at IS NULL
  AND (%(after_key)s::timestamptz IS NULL OR (c.created_at, c.id) > (%(after_key)s, %(after_id)s::uuid))
ORDER BY c.created_at, c.id
LIMIT %(limit)s;

-- name: connection
-- One by primary key, unless removed; no locks.
SELECT connection_document(c) AS document, c.version, c.updated_at
FROM calendar_connections AS c
WHERE c.id = %(id)s AND c.provider_id = %(provider_id)s AND c.deleted_at IS NULL;

-- name: may_connect
-- Whether a provider may have a further connection, before anybody is asked. No locks.
SELECT connection_objection(%(provider_id)s, %(id)s, NULL, %(limit)s) AS outcome;

-- name: provider_exists
-- By primary key; no locks.
SELECT EXISTS (
    SELECT FROM providers AS p WHERE p.id = %(provider_id)s AND p.deleted_at IS NULL) AS is_known;

-- name: before_change
-- What a server is asked with before a change is written, and whether the caller knows the version. No
-- locks: the change decides again.
SELECT check_preconditions(%(precondition)s, c.version, c.updated_at, c.changed_before) AS outcome,
       connection_document(c) AS document, c.url, c.username, c.password_sealed, c.version
FROM calendar_connections AS c
WHERE c.id = %(id)s AND c.provider_id = %(provider_id)s AND c.deleted_at IS NULL;

-- name: create_connection
-- Outcomes: created, not_found, too_many, known.
SELECT outcome, document, version, updated_at
FROM create_calendar_connection(%(id)s, %(provider_id)s, %(values)s, %(password_sealed)s, %(limit)s,
                                %(ahead)s);

-- name: change_connection
-- Locks the row and compares the precondition. Outcomes: changed, not_found, known, or of
-- check_preconditions.
SELECT outcome, document, version, updated_at
FROM change_calendar_connection(%(id)s, %(provider_id)s, %(precondition)s, %(values)s,
                                %(password_sealed)s, %(seen_version)s, %(ahead)s);

-- name: delete_connection
-- Outcomes: deleted, not_found, or of check_preconditions.
SELECT outcome, document
FROM delete_calendar_connection(%(id)s, %(provider_id)s, %(precondition)s, %(removes)s, %(limit)s);

-- name: request_sync
-- Outcomes: requested, not_found.
SELECT outcome, document, version, updated_at
FROM request_calendar_sync(%(id)s, %(provider_id)s, %(ahead)s);

-- name: load
-- What pushes are made of; no locks.
SELECT l.* FROM load_calendar_pushes(%(ids)s) AS l;

-- name: note_object
-- What is in the calendar now; locks the connection's key, and the object's row.
SELECT note_calendar_object(
    %(connection_id)s, %(url)s, %(appointment_id)s, %(href)s, %(etag)s, %(sequence)s, %(version)s,
    %(content_hash)s, %(start_at)s, %(end_at)s, %(has_theirs)s) AS noted;

-- name: note_version
-- An appointment changed in nothing that a calendar shows.
UPDATE calendar_objects SET version = %(version)s
WHERE connection_id = %(connection_id)s AND appointment_id = %(appointment_id)s
  AND content_hash = %(content_hash)s;

-- name: forget_object
-- An object that is there no more; locks the connection.
SELECT forget_calendar_object(%(connection_id)s, %(url)s, %(appointment_id)s) AS forgotten;

-- name: note_conflict
-- It was moved there; mails to the provider's users.
SELECT note_calendar_conflict(%(connection_id)s, %(appointment_id)s, %(there)s, %(sends_mail)s);

-- name: note_trouble
-- Nothing more is tried; locks the connection, then its lane.
SELECT note_calendar_trouble(%(id)s, %(url)s, %(password_sealed)s, %(reason)s, %(sends_mail)s) AS told;
