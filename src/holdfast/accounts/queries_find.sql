-- Finding people (SPEC 4.5, `q`). What is asked for is folded once for a statement, by
-- search_query(). No locks.

-- name: found
-- Whom q finds: %(limit)s at most, in no order.
SELECT s.user_id AS id
FROM user_search AS s
WHERE s.words @@ (SELECT search_query(%(q)s, %(phone)s))
LIMIT %(limit)s;

-- name: exact
-- The client with this very e-mail address, or clients with this very number, so that a provider
-- finds those who are not theirs yet.
SELECT u.id FROM users AS u
WHERE lower(u.email) = lower(%(q)s) AND u.role = 'client' AND u.is_active
UNION
(SELECT u.id FROM users AS u
 JOIN user_search AS s ON s.user_id = u.id
 WHERE s.words @@ search_exact(%(phone)s)::tsquery
   AND u.role = 'client' AND u.is_active
 LIMIT %(limit)s);

-- name: users_among
-- Of these users a page, the newest first.
SELECT user_document(u) AS document, u.id
FROM users AS u
WHERE u.id = ANY(%(user_ids)s::uuid[])
  AND u.id < coalesce(%(before_id)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  AND (%(role)s::text IS NULL OR u.role = %(role)s::text::user_role)
ORDER BY u.id DESC
LIMIT %(limit)s;

-- name: clients_among
-- Of these users a page of clients as staff see them, the newest first.
SELECT client_document(u) AS document, u.id
FROM users AS u
WHERE u.id = ANY(%(user_ids)s::uuid[]) AND u.role = 'client' AND u.is_active
  AND u.id < coalesce(%(before_id)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY u.id DESC
LIMIT %(limit)s;

-- name: clients_of_provider_among
-- The same of those who have or had an appointment with a provider, whom this member of staff has
-- entered, or who are known exactly.
SELECT client_document(u) AS document, u.id
FROM users AS u
WHERE u.id = ANY(%(user_ids)s::uuid[]) AND u.role = 'client' AND u.is_active
  AND u.id < coalesce(%(before_id)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  AND (u.entered_by = %(actor_id)s OR u.id = ANY(%(exact_ids)s::uuid[]) OR EXISTS (
      SELECT FROM appointments AS a
      WHERE a.user_id = u.id AND a.provider_id = %(provider_id)s))
ORDER BY u.id DESC
LIMIT %(limit)s;

-- name: users_walked
-- When many are found: a walk from the newest on that looks at each one's words. It is bounded:
-- after %(scan)s users it ends with a row that says so.
SELECT CASE WHEN w.is_shown THEN user_document(w.u) END AS document, w.id, w.scan_ended
FROM (
    SELECT u, u.id, row_number() OVER (ORDER BY u.id DESC) = %(scan)s AS scan_ended,
           (%(role)s::text IS NULL OR u.role = %(role)s::text::user_role) AND (
               SELECT s.words @@ (SELECT search_query(%(q)s, %(phone)s))
               FROM user_search AS s WHERE s.user_id = u.id) AS is_shown
    FROM users AS u
    WHERE u.id < coalesce(%(before_id)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    ORDER BY u.id DESC
    LIMIT %(scan)s
) AS w
WHERE w.is_shown OR w.scan_ended
ORDER BY w.id DESC
LIMIT %(limit)s;

-- name: clients_walked
-- The same walk for staff.
SELECT CASE WHEN w.is_shown THEN client_document(w.u) END AS document, w.id, w.scan_ended
FROM (
    SELECT u, u.id, row_number() OVER (ORDER BY u.id DESC) = %(scan)s AS scan_ended,
           u.role = 'client' AND u.is_active AND (
               SELECT s.words @@ (SELECT search_query(%(q)s, %(phone)s))
               FROM user_search AS s WHERE s.user_id = u.id) AS is_shown
    FROM users AS u
    WHERE u.id < coalesce(%(before_id)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    ORDER BY u.id DESC
    LIMIT %(scan)s
) AS w
WHERE w.is_shown OR w.scan_ended
ORDER BY w.id DESC
LIMIT %(limit)s;

-- name: clients_of_provider_walked
-- When many are found, of one provider: those among the clients of its latest %(scan)s appointments
-- and the %(scan)s whom this member of staff entered last.
WITH theirs AS (
    (SELECT a.user_id AS id FROM appointments AS a
     WHERE a.provider_id = %(provider_id)s ORDER BY a.start_at DESC LIMIT %(scan)s)
    UNION
    (SELECT u.id FROM users AS u
     WHERE u.entered_by = %(actor_id)s ORDER BY u.id DESC LIMIT %(scan)s)
    UNION
    SELECT e.id FROM unnest(%(exact_ids)s::uuid[]) AS e (id)
)
SELECT client_document(u) AS document, u.id
FROM theirs AS t
JOIN user_search AS s ON s.user_id = t.id
JOIN users AS u ON u.id = t.id
WHERE s.words @@ (SELECT search_query(%(q)s, %(phone)s))
  AND u.role = 'client' AND u.is_active
  AND u.id < coalesce(%(before_id)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY u.id DESC
LIMIT %(limit)s;
