-- Statements of the health checks.

-- name: applied_scripts
-- A few dozen rows, each with the database's release; takes no lock that anything waits for.
SELECT s.name, (SELECT r.release FROM schema_release AS r) AS release FROM schema_scripts AS s;

-- name: bus_lag
-- Whether an event waits longer than it should for Kafka, or for who plans from it. One row of the log
-- for each of five consumers.
SELECT coalesce(bool_or(o.at < statement_timestamp() - make_interval(secs => %(seconds)s)), false)
    AS is_behind
FROM following_consumers() AS c
CROSS JOIN LATERAL (
    SELECT x.at FROM outbox AS x WHERE x.position > c.position ORDER BY x.position LIMIT 1
) AS o;
