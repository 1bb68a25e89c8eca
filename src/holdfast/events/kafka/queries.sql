-- Statements of the publisher to Kafka.

-- name: hold
-- The lease, taken or kept; NULL when another one has it.
SELECT hold_publisher_lease(%(publisher)s, %(seconds)s, %(left_seconds)s) AS stamped_at;

-- name: next_events
-- What Kafka has not got yet, in the log's order; no locks. `timezone`: the provider's, for a timeslot.
SELECT o.position, o.topic, o.key, webhook_type(o.type) AS type, o.at, o.payload,
       CASE WHEN o.topic = 'availability'
           THEN (SELECT p.timezone FROM providers AS p WHERE p.id = o.key) END AS timezone
FROM outbox AS o
WHERE o.position > (SELECT c.position FROM consumers AS c WHERE c.name = 'kafka')
ORDER BY o.position
LIMIT %(limit)s;

-- name: position
-- Up to where Kafka has the log.
SELECT position FROM consumers WHERE name = 'kafka';

-- name: advance
-- Kafka has the log up to a position; false for one who lost the lease.
SELECT advance_publisher(%(publisher)s, %(position)s, %(events)s) AS is_mine;

-- name: give_up
-- Another publisher may begin at once: nothing of this one is on its way.
UPDATE bus SET lease_until = '-infinity' WHERE publisher = %(publisher)s;
