-- Staff's lists of appointments (SPEC 4.5): those that overlap a period. What has begun before it and is
-- not over began within the day before, as no appointment is longer: the first page begins there. Deleted
-- ones are left out. Each shape of the filter has
-- a statement of its own, so that an index is in the list's order; a page begins behind the row
-- (%(start)s, %(id)s), or behind (%(created)s, %(id)s) of %(priority)s in the inbox. Documents are sent as
-- the text that they are here, with the client's contact data. No locks.

-- name: by_start
-- All, by start.
SELECT d.document, a.start_at, a.id
FROM appointments AS a CROSS JOIN LATERAL staff_documents(a) AS d (document)
WHERE a.deleted_at IS NULL
  AND (a.start_at, a.id) > (%(start)s, %(id)s) AND a.start_at < %(to)s
  AND a.end_at > %(from)s
ORDER BY a.start_at, a.id
LIMIT %(limit)s;

-- name: by_start_of_provider
-- A provider's, by start.
SELECT d.document, a.start_at, a.id
FROM appointments AS a CROSS JOIN LATERAL staff_documents(a) AS d (document)
WHERE a.provider_id = %(provider_id)s AND a.deleted_at IS NULL
  AND (a.start_at, a.id) > (%(start)s, %(id)s) AND a.start_at < %(to)s
  AND a.end_at > %(from)s
ORDER BY a.start_at, a.id
LIMIT %(limit)s;

-- name: by_start_with_status
-- All with one status, by start.
SELECT d.document, a.start_at, a.id
FROM appointments AS a CROSS JOIN LATERAL staff_documents(a) AS d (document)
WHERE a.status = %(status)s::text::appointment_status AND a.deleted_at IS NULL
  AND (a.start_at, a.id) > (%(start)s, %(id)s) AND a.start_at < %(to)s
  AND a.end_at > %(from)s
ORDER BY a.start_at, a.id
LIMIT %(limit)s;

-- name: by_start_of_provider_with_status
-- A provider's with one status, by start.
SELECT d.document, a.start_at, a.id
FROM appointments AS a CROSS JOIN LATERAL staff_documents(a) AS d (document)
WHERE a.provider_id = %(provider_id)s AND a.status = %(status)s::text::appointment_status
  AND a.deleted_at IS NULL
  AND (a.start_at, a.id) > (%(start)s, %(id)s) AND a.start_at < %(to)s
  AND a.end_at > %(from)s
ORDER BY a.start_at, a.id
LIMIT %(limit)s;

-- name: inbox
-- Waiting requests: urgent, vip, normal, then the oldest first; not those whose time has come, which a
-- worker ends. The first ones of each priority,
-- merged; the other filters pass over what waits (IS TRUE keeps the planner from looking for the
-- start in an index of all appointments).
SELECT staff_document(r.a) AS document, r.priority::text AS priority,
       r.created_at, r.id
FROM unnest(ARRAY['urgent', 'vip', 'normal']::appointment_priority[]) AS p (priority)
CROSS JOIN LATERAL (
    SELECT a, a.priority, a.created_at, a.id
    FROM appointments AS a
    WHERE a.status = 'requested' AND a.deleted_at IS NULL AND a.priority = p.priority
      AND (a.created_at, a.id) > (
          CASE WHEN p.priority = %(priority)s::text::appointment_priority
              THEN %(created)s ELSE '-infinity' END, %(id)s)
      AND (a.end_at > %(from)s AND a.start_at < %(to)s
           AND a.start_at > clock_timestamp()) IS TRUE
      AND (%(q)s::text IS NULL OR (
          SELECT s.words @@ (SELECT search_query(%(q)s, %(phone)s))
          FROM user_search AS s WHERE s.user_id = a.user_id))
    ORDER BY a.created_at, a.id
    LIMIT %(limit)s
) AS r
WHERE p.priority <= %(priority)s::text::appointment_priority
ORDER BY r.priority DESC, r.created_at, r.id
LIMIT %(limit)s;

-- name: inbox_of_provider
-- A provider's waiting requests, as inbox.
SELECT staff_document(r.a) AS document, r.priority::text AS priority,
       r.created_at, r.id
FROM unnest(ARRAY['urgent', 'vip', 'normal']::appointment_priority[]) AS p (priority)
CROSS JOIN LATERAL (
    SELECT a, a.priority, a.created_at, a.id
    FROM appointments AS a
    WHERE a.provider_id = %(provider_id)s
      AND a.status = 'requested' AND a.deleted_at IS NULL AND a.priority = p.priority
      AND (a.created_at, a.id) > (
          CASE WHEN p.priority = %(priority)s::text::appointment_priority
              THEN %(created)s ELSE '-infinity' END, %(id)s)
      AND (a.end_at > %(from)s AND a.start_at < %(to)s
           AND a.start_at > clock_timestamp()) IS TRUE
      AND (%(q)s::text IS NULL OR (
          SELECT s.words @@ (SELECT search_query(%(q)s, %(phone)s))
          FROM user_search AS s WHERE s.user_id = a.user_id))
    ORDER BY a.created_at, a.id
    LIMIT %(limit)s
) AS r
WHERE p.priority <= %(priority)s::text::appointment_priority
ORDER BY r.priority DESC, r.created_at, r.id
LIMIT %(limit)s;

-- name: of_clients
-- The appointments of a few clients, by start: the first ones of each client, merged.
SELECT staff_document(f.a) AS document, f.start_at, f.id
FROM unnest(%(user_ids)s::uuid[]) AS c (id)
CROSS JOIN LATERAL (
    SELECT a, a.start_at, a.id
    FROM appointments AS a
    WHERE a.user_id = c.id AND a.deleted_at IS NULL
      AND (a.start_at, a.id) > (%(start)s, %(id)s) AND a.start_at < %(to)s
      AND a.end_at > %(from)s
      AND (%(provider_id)s::uuid IS NULL OR a.provider_id = %(provider_id)s)
      AND (%(status)s::text IS NULL OR a.status = %(status)s::text::appointment_status)
    ORDER BY a.start_at, a.id
    LIMIT %(limit)s
) AS f
ORDER BY f.start_at, f.id
LIMIT %(limit)s;

-- name: of_many_clients
-- When many clients are found: a walk by start that looks at each appointment's client. It is
-- bounded: after %(scan)s appointments it ends with a row that says so.
SELECT CASE WHEN w.is_shown THEN staff_document(w.a) END AS document,
       w.start_at, w.id, w.scan_ended
FROM (
    SELECT a, a.start_at, a.id,
           row_number() OVER (ORDER BY a.start_at, a.id) = %(scan)s AS scan_ended,
           (%(status)s::text IS NULL OR a.status = %(status)s::text::appointment_status) AND (
               SELECT s.words @@ (SELECT search_query(%(q)s, %(phone)s))
               FROM user_search AS s WHERE s.user_id = a.user_id) AS is_shown
    FROM appointments AS a
    WHERE a.deleted_at IS NULL
      AND (a.start_at, a.id) > (%(start)s, %(id)s) AND a.start_at < %(to)s
      AND a.end_at > %(from)s
    ORDER BY a.start_at, a.id
    LIMIT %(scan)s
) AS w
WHERE w.is_shown OR w.scan_ended
ORDER BY w.start_at, w.id
LIMIT %(limit)s;

-- name: of_many_clients_of_provider
-- The same along a provider's appointments.
SELECT CASE WHEN w.is_shown THEN staff_document(w.a) END AS document,
       w.start_at, w.id, w.scan_ended
FROM (
    SELECT a, a.start_at, a.id,
           row_number() OVER (ORDER BY a.start_at, a.id) = %(scan)s AS scan_ended,
           (%(status)s::text IS NULL OR a.status = %(status)s::text::appointment_status) AND (
               SELECT s.words @@ (SELECT search_query(%(q)s, %(phone)s))
               FROM user_search AS s WHERE s.user_id = a.user_id) AS is_shown
    FROM appointments AS a
    WHERE a.provider_id = %(provider_id)s AND a.deleted_at IS NULL
      AND (a.start_at, a.id) > (%(start)s, %(id)s) AND a.start_at < %(to)s
      AND a.end_at > %(from)s
    ORDER BY a.start_at, a.id
    LIMIT %(scan)s
) AS w
WHERE w.is_shown OR w.scan_ended
ORDER BY w.start_at, w.id
LIMIT %(limit)s;
