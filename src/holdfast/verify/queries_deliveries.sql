-- The checks of `holdfast verify` on what leaves the server (SPEC §3, I7; docs/deliveries.md). As those
-- in queries.sql: each looks at one range of keys and returns one row for each violation.

-- name: delivery_events
-- I7: no delivery without its event, and no event planned twice for the same target. An event may have
-- been removed from the log's beginning; (its rows are removed by id, and positions are given a moment
-- later in a slightly different order: within a minute of the beginning nothing is missed).
-- The limit keeps the event a look by its position; joined, a log may be read from end to end.
SELECT d.id, w.what
FROM deliveries AS d
LEFT JOIN LATERAL (
    SELECT e.id, e.position, e.type, e.topic, e.key FROM outbox AS e WHERE e.position = d.position LIMIT 1
) AS o ON true
LEFT JOIN consumers AS c
    ON c.name = CASE d.channel WHEN 'webhook' THEN 'webhook' WHEN 'caldav' THEN 'calendar' ELSE 'notify' END
CROSS JOIN (
    SELECT (SELECT h.at FROM outbox AS h ORDER BY h.id LIMIT 1) + interval '1 minute' AS at
) AS horizon
CROSS JOIN LATERAL (SELECT CASE
    WHEN d.dedupe_key LIKE 'event:%%' AND d.position IS NULL THEN 'tells of no event'
    WHEN d.dedupe_key LIKE 'event:%%' AND d.position > coalesce(c.position, 0)
            AND NOT EXISTS (SELECT FROM planned_ahead AS a
                            WHERE a.consumer = c.name AND a.position = d.position)
        THEN format('tells of event %%s, which was not planned yet', d.position)
    WHEN d.dedupe_key LIKE 'event:%%' AND d.dedupe_key <> 'event:' || d.position || ':'
        || coalesce(d.endpoint_id, d.connection_id, d.subscription_id, d.user_id) || ':' || d.channel
        THEN format('has the key %%s', d.dedupe_key)
    WHEN o.id IS NULL AND d.position IS NOT NULL AND (
            SELECT b.at FROM outbox AS b WHERE b.position < d.position
            ORDER BY b.position DESC LIMIT 1) > horizon.at
        THEN format('tells of event %%s, which there is not', d.position)
    WHEN CASE d.channel WHEN 'webhook' THEN webhook_type(o.type) ELSE o.type END <> d.event_type
        THEN format('tells of a %%s; event %%s is a %%s', d.event_type, o.position, o.type)
    WHEN o.topic IN ('bookings', 'locks') AND o.key IS DISTINCT FROM d.appointment_id
        THEN format('tells of another appointment than event %%s', o.position)
    WHEN d.dedupe_key IS NOT NULL AND EXISTS (
            SELECT FROM deliveries AS e WHERE e.dedupe_key = d.dedupe_key AND e.id <> d.id)
        THEN format('is there twice: %%s', d.dedupe_key)
    END) AS w (what)
WHERE d.id BETWEEN %(first)s AND %(last)s AND w.what IS NOT NULL;

-- name: delivery_order
-- I7: of one appointment no delivery of a lane is tried before an earlier one is settled. (An SMS whose
-- receipt did not come holds up nobody.)
SELECT d.id, format('was tried before %%s of the same appointment was settled', e.id) AS what
FROM deliveries AS d
CROSS JOIN LATERAL (
    SELECT min(t.started_at) AS at FROM delivery_attempts AS t WHERE t.delivery_id = d.id
) AS first_try
CROSS JOIN LATERAL (
    SELECT e.id FROM deliveries AS e
    WHERE e.appointment_id = d.appointment_id AND e.number < d.number AND e.lane = d.lane
      AND e.dedupe_key LIKE 'event:%%'
      AND coalesce(e.sent_at, e.settled_at, 'infinity') > first_try.at
    ORDER BY e.number DESC LIMIT 1
) AS e
WHERE d.id BETWEEN %(first)s AND %(last)s AND d.dedupe_key LIKE 'event:%%' AND d.channel <> 'sms';

-- name: delivery_states
-- I7: a delivery's tries are written down, numbered without a gap, and none comes after it was settled.
SELECT d.id, w.what
FROM deliveries AS d
CROSS JOIN LATERAL (
    SELECT count(*) AS attempts, max(t.number) AS highest,
           count(*) FILTER (WHERE t.outcome <> 'lost') AS tries,
           count(*) FILTER (WHERE t.outcome = 'sent') AS sent
    FROM delivery_attempts AS t WHERE t.delivery_id = d.id
) AS t
CROSS JOIN LATERAL (SELECT CASE
    WHEN t.attempts <> coalesce(t.highest, 0)
        THEN format('has %%s attempts, numbered up to %%s', t.attempts, t.highest)
    WHEN t.tries <> d.tries THEN format('has %%s tries and %%s attempts', d.tries, t.tries)
    WHEN t.sent > 1 THEN format('was sent %%s times', t.sent)
    WHEN t.sent = 1 AND d.state NOT IN ('sent', 'delivered', 'bounced') THEN format('was sent and is %%s', d.state)
    END) AS w (what)
WHERE d.id BETWEEN %(first)s AND %(last)s AND w.what IS NOT NULL;

-- name: events_told
-- I7: an endpoint was told of each event that it asks for. Looked at where nothing can have changed what
-- it asks for: events of the last hours that came after its last change, to endpoints that ask for no
-- facility, up to where its lane is planned.
SELECT DISTINCT ON (w.id) w.id, format('was not told of event %%s', o.position) AS what
FROM webhook_endpoints AS w
JOIN lanes AS l ON l.id = 'webhook:' || w.id
JOIN consumers AS c ON c.name = 'webhook'
CROSS JOIN LATERAL (
    SELECT min(d.position) AS position FROM deliveries AS d
    WHERE d.endpoint_id = w.id AND d.dedupe_key LIKE 'event:%%'
) AS begin
JOIN outbox AS o ON o.position > begin.position AND o.position <= coalesce(l.planned_position, c.position)
    AND o.at > greatest(w.updated_at + interval '1 minute', now() - interval '20 hours')
WHERE w.id BETWEEN %(first)s AND %(last)s AND w.state = 'enabled' AND w.deleted_at IS NULL
  AND w.facility_ids = '{}' AND endpoint_wants(w, webhook_type(o.type), o.payload, NULL)
  AND NOT EXISTS (
    SELECT FROM deliveries AS d WHERE d.dedupe_key = 'event:' || o.position || ':' || w.id || ':webhook')
ORDER BY w.id, o.position;
