-- Statements of the delivery engine.

-- name: claim
-- A few due deliveries of each open lane of a channel; those that say nothing true any more come back
-- settled (claim.sql).
SELECT c.id, c.state, c.reason, c.channel, c.purpose, c.lane, c.user_id, c.endpoint_id, c.connection_id,
       c.subscription_id, c.appointment_id, c.position, c.event_type, c.start_at, c.sealed, c.tries,
       c.created_at, c.expires_at,
       -- Since the event, or since it was to be sent again.
       extract(epoch FROM clock_timestamp() - CASE WHEN c.dedupe_key LIKE 'event:%%'
           THEN coalesce(o.at, c.created_at) ELSE c.created_at END)::double precision AS age_seconds
FROM claim_deliveries(%(worker)s, %(lease_seconds)s, %(limit)s, %(channels)s, %(rooms)s,
                      %(busy_lanes)s, %(busy)s, %(quiet_from)s, %(quiet_to)s) AS c
LEFT JOIN outbox AS o ON o.position = c.position;

-- name: mark
-- Which of these may be handed over (claim.sql).
SELECT m AS id FROM mark_handed_over(%(workers)s, %(ids)s, %(quiet_from)s, %(quiet_to)s) AS m;

-- name: settle
-- What became of tries (settle.sql).
SELECT settle_deliveries(%(workers)s, %(ids)s, %(results)s, %(reasons)s, %(codes)s, %(excerpts)s,
                         %(retry_seconds)s, %(lane_faults)s, %(receipt_ids)s) AS settled;

-- name: release
-- What was claimed and not begun goes back.
SELECT release_deliveries(%(workers)s, %(ids)s) AS released;

-- name: sweep
-- Expired ones, ended leases, uncertain ones whose time has come.
SELECT channel, outcome, moved FROM sweep_deliveries(%(limit)s, %(sms_repeats)s);

-- name: plan_webhooks
-- The next events for all endpoints.
SELECT plan_webhooks(%(limit)s, %(room)s) AS passed;

-- name: plan_full_lanes
-- More of the log for lanes that had too much waiting.
SELECT plan_full_lanes(%(limit)s, %(room)s) AS passed;

-- name: plan_calendars
-- The next events for all calendars that are written to.
SELECT plan_calendars(%(limit)s) AS passed;

-- name: plan_notifications
-- Messages to people from the next events.
SELECT plan_notifications(%(limit)s, %(delay_seconds)s, %(channels)s, %(quiet_from)s, %(quiet_to)s) AS passed;

-- name: begin_on_bus
-- The bus that this worker plans from; where consumers begin that never did.
SELECT begin_on_bus(%(kind)s, %(consumers)s);

-- name: plan_published_webhooks
-- Webhooks of events that Kafka brought.
SELECT plan_published_webhooks(%(positions)s, %(topics)s, %(partitions)s, %(next_offsets)s, %(room)s)
    AS passed;

-- name: plan_published_notifications
-- Messages to people of events that Kafka brought.
SELECT plan_published_notifications(%(positions)s, %(topics)s, %(partitions)s, %(next_offsets)s,
    %(delay_seconds)s, %(channels)s, %(quiet_from)s, %(quiet_to)s) AS passed;

-- name: plan_published_calendars
-- What goes into calendars of events that Kafka brought.
SELECT plan_published_calendars(%(positions)s, %(topics)s, %(partitions)s, %(next_offsets)s) AS passed;

-- name: offsets
-- Where a consumer reads on in Kafka: a row for each partition.
SELECT topic, partition, next_offset FROM consumer_offsets WHERE consumer = %(consumer)s;

-- name: consumer_positions
-- How far a consumer has planned, and up to where Kafka was given the log.
SELECT c.position, (SELECT k.position FROM consumers AS k WHERE k.name = 'kafka') AS published
FROM consumers AS c WHERE c.name = %(consumer)s;

-- name: standing
-- How the deliveries stand. Reads at most 20,000 waiting rows of each lane, one at its head, and small
-- tables.
SELECT 'lanes' AS what, l.channel AS label,
       CASE WHEN l.state = 'open' AND l.paused_until IS NOT NULL THEN 'paused' ELSE l.state END AS state,
       count(*)::double precision AS value
FROM lanes AS l GROUP BY 2, 3
UNION ALL
SELECT 'pending', l.channel, NULL, sum(w.waiting)
FROM lanes AS l CROSS JOIN LATERAL (
    SELECT count(*) AS waiting FROM (
        SELECT FROM deliveries AS d WHERE d.lane = l.id AND d.state = 'pending' LIMIT 20000) AS x
) AS w
GROUP BY 2
UNION ALL
SELECT 'oldest_due', l.channel, NULL,
       greatest(0, extract(epoch FROM statement_timestamp() - min(w.due_at)))
FROM lanes AS l CROSS JOIN LATERAL (
    SELECT d.due_at FROM deliveries AS d WHERE d.lane = l.id AND d.state = 'pending'
    ORDER BY d.due_at LIMIT 1
) AS w
GROUP BY 2
UNION ALL
SELECT 'lag', c.name, NULL, greatest(0, r.position - c.position)
FROM following_consumers() AS c CROSS JOIN relay AS r
UNION ALL
SELECT 'gaps', NULL, NULL, sum(c.gaps) FROM consumers AS c;

-- name: tell_gaps
-- The consumers with gaps that the log was not told of; one process gets each.
UPDATE consumers AS c SET gaps_told = c.gaps
FROM (SELECT name, gaps_told FROM consumers WHERE gaps > gaps_told FOR NO KEY UPDATE) AS o
WHERE c.name = o.name
RETURNING c.name, c.gaps - o.gaps_told AS gaps;

-- name: note_receipt
-- What became of a delivery, as the other side says later (receipts.sql).
SELECT note_receipt(%(source)s, %(message_id)s, %(delivery_id)s, %(receipt_id)s, %(status)s) AS outcome;

-- name: note_sms_reply
-- Somebody wants no more SMS, or wants them again (receipts.sql).
SELECT note_sms_reply(%(source)s, %(message_id)s, %(number)s, %(status)s) AS outcome;
