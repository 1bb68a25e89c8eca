-- Finding deliveries, the latest first. Each shape of the filter has a statement, so that an index is
-- in the list's order; what is left of the filter is delivery_fits(). They answer number, id and
-- whether it is shown; `documents` shows them. A walk that may pass over much is bounded: after
-- %(scan)s rows it ends with one that says so. No locks.

-- name: number_range
-- Between which numbers the deliveries of a period are. Ids are UUIDv7 and a number is taken when an id
-- is, so that a minute's margin (in the ids that are given) leaves none out.
SELECT (SELECT d.number FROM deliveries AS d WHERE d.id < %(first_id)s::uuid
        ORDER BY d.id DESC LIMIT 1) AS after,
       (SELECT d.number FROM deliveries AS d WHERE d.id >= %(end_id)s::uuid
        ORDER BY d.id LIMIT 1) AS before;

-- name: latest
-- All.
SELECT d.number, d.id, true AS is_shown
FROM deliveries AS d
WHERE d.number > %(after)s AND d.number < %(before)s AND delivery_fits(d, %(filter)s)
ORDER BY d.number DESC
LIMIT %(limit)s;

-- name: of_kinds
-- By state, channel and purpose: the latest ones of each combination, merged.
SELECT f.number, f.id, true AS is_shown
FROM unnest(%(states)s::text[]) AS s (state)
CROSS JOIN unnest(%(channels)s::text[]) AS c (channel)
CROSS JOIN unnest(%(purposes)s::text[]) AS p (purpose)
CROSS JOIN LATERAL (
    SELECT d.number, d.id FROM deliveries AS d
    WHERE d.state = s.state AND d.channel = c.channel AND d.purpose = p.purpose
      AND d.number > %(after)s AND d.number < %(before)s AND delivery_fits(d, %(filter)s)
    ORDER BY d.number DESC
    LIMIT %(limit)s
) AS f
ORDER BY f.number DESC
LIMIT %(limit)s;

-- name: of_appointment
-- About one appointment.
SELECT w.number, w.id, w.is_shown, w.scan_ended
FROM (
    SELECT d.number, d.id, row_number() OVER (ORDER BY d.number DESC) = %(scan)s AS scan_ended,
           delivery_fits(d, %(filter)s) AND (%(q)s::text IS NULL OR (
               SELECT s.words @@ (SELECT search_query(%(q)s, NULL))
               FROM user_search AS s WHERE s.user_id = d.user_id) IS TRUE) AS is_shown
    FROM deliveries AS d
    WHERE d.appointment_id = %(target_id)s AND d.number > %(after)s AND d.number < %(before)s
    ORDER BY d.number DESC
    LIMIT %(scan)s
) AS w
WHERE w.is_shown OR w.scan_ended
ORDER BY w.number DESC
LIMIT %(limit)s;

-- name: of_user
-- To one person.
SELECT w.number, w.id, w.is_shown, w.scan_ended
FROM (
    SELECT d.number, d.id, row_number() OVER (ORDER BY d.number DESC) = %(scan)s AS scan_ended,
           delivery_fits(d, %(filter)s) AND (%(q)s::text IS NULL OR (
               SELECT s.words @@ (SELECT search_query(%(q)s, NULL))
               FROM user_search AS s WHERE s.user_id = d.user_id) IS TRUE) AS is_shown
    FROM deliveries AS d
    WHERE d.user_id = %(target_id)s AND d.number > %(after)s AND d.number < %(before)s
    ORDER BY d.number DESC
    LIMIT %(scan)s
) AS w
WHERE w.is_shown OR w.scan_ended
ORDER BY w.number DESC
LIMIT %(limit)s;

-- name: of_endpoint
-- To one webhook endpoint.
SELECT w.number, w.id, w.is_shown, w.scan_ended
FROM (
    SELECT d.number, d.id, row_number() OVER (ORDER BY d.number DESC) = %(scan)s AS scan_ended,
           delivery_fits(d, %(filter)s) AND (%(q)s::text IS NULL OR (
               SELECT s.words @@ (SELECT search_query(%(q)s, NULL))
               FROM user_search AS s WHERE s.user_id = d.user_id) IS TRUE) AS is_shown
    FROM deliveries AS d
    WHERE d.endpoint_id = %(target_id)s AND d.number > %(after)s AND d.number < %(before)s
    ORDER BY d.number DESC
    LIMIT %(scan)s
) AS w
WHERE w.is_shown OR w.scan_ended
ORDER BY w.number DESC
LIMIT %(limit)s;

-- name: people
-- Whom q finds: %(limit)s at most, in no order.
SELECT s.user_id AS id
FROM user_search AS s
WHERE s.words @@ (SELECT search_query(%(q)s, NULL))
LIMIT %(limit)s;

-- name: of_people
-- To a few people: the latest ones of each, merged.
SELECT f.number, f.id, true AS is_shown
FROM unnest(%(user_ids)s::uuid[]) AS u (id)
CROSS JOIN LATERAL (
    SELECT d.number, d.id FROM deliveries AS d
    WHERE d.user_id = u.id AND d.number > %(after)s AND d.number < %(before)s
      AND delivery_fits(d, %(filter)s)
    ORDER BY d.number DESC
    LIMIT %(limit)s
) AS f
ORDER BY f.number DESC
LIMIT %(limit)s;

-- name: of_many_people
-- When many people are found: a bounded walk that looks at whom each is for.
SELECT w.number, w.id, w.is_shown, w.scan_ended
FROM (
    SELECT d.number, d.id, row_number() OVER (ORDER BY d.number DESC) = %(scan)s AS scan_ended,
           delivery_fits(d, %(filter)s) AND (
               SELECT s.words @@ (SELECT search_query(%(q)s, NULL))
               FROM user_search AS s WHERE s.user_id = d.user_id) IS TRUE AS is_shown
    FROM deliveries AS d
    WHERE d.number > %(after)s AND d.number < %(before)s
    ORDER BY d.number DESC
    LIMIT %(scan)s
) AS w
WHERE w.is_shown OR w.scan_ended
ORDER BY w.number DESC
LIMIT %(limit)s;

-- name: documents
-- Some deliveries as the API shows them, in the list's order.
SELECT d.id, delivery_document(d, %(view)s) AS document
FROM deliveries AS d
WHERE d.id = ANY(%(ids)s::uuid[])
ORDER BY d.number DESC;

-- name: delivery
-- One, with all that its preview needs.
SELECT delivery_document(d, 'full') AS document, d.id, d.channel, d.purpose, d.lane, d.user_id,
       d.endpoint_id, d.connection_id, d.subscription_id, d.appointment_id, d.position, d.event_type,
       d.start_at, d.tries, d.created_at, d.expires_at,
       greatest(d.created_at, d.claimed_at, d.handed_over_at, d.sent_at, d.settled_at) AS changed_at
FROM deliveries AS d
WHERE d.id = %(id)s;

-- name: messages_of_appointment
-- What was sent to people about an appointment, the latest first; one row with a null document when the
-- appointment is in sight, none when it is not. Endpoints are for administrators.
SELECT x.document, x.number, x.id
FROM appointments AS a
LEFT JOIN LATERAL (
    SELECT delivery_document(d, 'staff') AS document, d.number, d.id
    FROM deliveries AS d
    WHERE d.appointment_id = a.id AND d.number < %(before)s
      AND (d.user_id IS NOT NULL OR %(actor)s::jsonb ->> 'role' = 'admin')
    ORDER BY d.number DESC
    LIMIT %(limit)s
) AS x ON true
WHERE a.id = %(appointment_id)s AND sees_appointment(%(actor)s, a)
ORDER BY x.number DESC;

-- name: messages_of_user
-- What was sent to a person, the latest first.
SELECT delivery_document(x.d, %(view)s) AS document, x.number, x.id
FROM (
    SELECT d, d.number, d.id FROM deliveries AS d
    WHERE d.user_id = %(user_id)s AND d.number < %(before)s
    ORDER BY d.number DESC
    LIMIT %(limit)s
) AS x
ORDER BY x.number DESC;

-- name: user_exists
-- Whether there is such a person, where nothing was sent to them.
SELECT EXISTS (SELECT FROM users WHERE id = %(user_id)s) AS is_known;

-- name: counts
-- How many there are by channel and state; counting each ends at %(count_limit)s.
SELECT c.channel, s.state, n.count
FROM unnest(delivery_channels()) AS c (channel)
CROSS JOIN unnest(delivery_states()) AS s (state)
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS count FROM (
        SELECT FROM deliveries AS d WHERE d.state = s.state AND d.channel = c.channel
        LIMIT %(count_limit)s) AS x
) AS n;

-- name: dead_letters
-- Those that were not sent again, and how many of them are of the last %(recent_days)s days.
SELECT count(*)::integer AS all,
       (count(*) FILTER (WHERE x.settled_at > clock_timestamp()
                         - make_interval(days => %(recent_days)s)))::integer AS recent
FROM (
    SELECT d.settled_at FROM deliveries AS d
    WHERE d.state = 'dead' AND NOT EXISTS (SELECT FROM deliveries AS r WHERE r.resend_of = d.id)
    LIMIT %(count_limit)s
) AS x;

-- name: lanes
-- By id.
SELECT lane_document(l, %(count_limit)s) AS document, l.id AS key,
       '00000000-0000-0000-0000-000000000000'::uuid AS id
FROM (SELECT * FROM lanes AS l WHERE l.id > %(after)s ORDER BY l.id LIMIT %(limit)s) AS x
JOIN lanes AS l ON l.id = x.id
ORDER BY l.id;

-- name: oldest_due
-- Since when the longest overdue one waits, by channel.
SELECT l.channel, min(o.due_at) AS due_at
FROM lanes AS l
CROSS JOIN LATERAL (
    SELECT d.due_at FROM deliveries AS d
    WHERE d.lane = l.id AND d.state = 'pending' AND d.due_at <= clock_timestamp()
    ORDER BY d.due_at LIMIT 1
) AS o
GROUP BY l.channel;

-- name: bus
-- The bus, and how far each consumer is: five rows at most.
SELECT b.kind, coalesce((
    SELECT json_agg(json_build_object(
        'name', c.name, 'position', c.position, 'lagEvents', greatest(0, r.position - c.position),
        'gaps', c.gaps) ORDER BY c.name)
    FROM following_consumers() AS c CROSS JOIN relay AS r), '[]') AS consumers
FROM bus AS b;
