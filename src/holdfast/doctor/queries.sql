-- Statements of `holdfast doctor`. All read only.

-- name: applied
-- What the database remembers of its migrations.
SELECT name, checksum FROM schema_scripts;

-- name: role_exists
-- Whether the cluster has the role.
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %(role)s) AS found;

-- name: writable_by
-- Those of the tables that the role owns or may change in any way.
SELECT t.name
FROM unnest(%(tables)s::text[]) AS t (name)
JOIN pg_class AS c ON c.oid = to_regclass('public.' || t.name)
WHERE pg_has_role(%(role)s, c.relowner, 'MEMBER')
   OR has_table_privilege(%(role)s, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER');

-- name: durability
-- The settings without which a commit may not survive a crash.
SELECT name, setting FROM pg_settings
WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes');

-- name: clock
-- The time of which all rules speak.
SELECT extract(epoch FROM clock_timestamp()) AS seconds;

-- name: connection_limits
-- What ordinary roles may use together, or this role and this database where they have less.
SELECT least(
    current_setting('max_connections')::integer
        - current_setting('superuser_reserved_connections')::integer,
    nullif((SELECT rolconnlimit FROM pg_roles WHERE rolname = session_user), -1),
    nullif((SELECT datconnlimit FROM pg_database WHERE datname = current_database()), -1)
) AS available;

-- name: deliveries
-- What should not be so: lanes that send nothing, dead letters of the last days, consumers that are
-- behind, and gaps. Small tables, and at most 1,000 dead letters.
SELECT
    (SELECT coalesce(array_agg(l.id ORDER BY l.id), '{}') FROM lanes AS l
     WHERE l.paused_until IS NOT NULL OR l.state <> 'open') AS lanes,
    (SELECT count(*) FROM (
        SELECT FROM deliveries AS d
        WHERE d.state = 'dead' AND d.settled_at > now() - interval '7 days' LIMIT 1000) AS x) AS dead,
    (SELECT coalesce(array_agg(c.name || ' by ' || r.position - c.position ORDER BY c.name), '{}')
     FROM consumers AS c CROSS JOIN relay AS r CROSS JOIN bus AS b
     WHERE r.position - c.position > 5000 AND (c.name <> 'kafka' OR b.kind = 'kafka')) AS behind,
    (SELECT sum(c.gaps) FROM consumers AS c) AS gaps;
