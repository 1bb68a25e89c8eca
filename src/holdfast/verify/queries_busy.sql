-- The check of `holdfast verify` on busy times (docs/calendars.md, "Busy times"). As those in queries.sql:
-- it looks at one range of keys and returns one row for each violation.

-- name: busy_slots
-- I4: what a calendar blocked and nobody touched since is blocked, and its time is busy, unless a worker
-- has still to follow a change (busy_marks).
SELECT s.id, w.what
FROM slots AS s
JOIN busy_blocks AS b ON b.slot_id = s.id
CROSS JOIN LATERAL (SELECT CASE
    WHEN b.provider_id <> s.provider_id THEN 'is another provider''s than its block'
    WHEN b.slot_version > s.version
        THEN format('was blocked by a calendar in version %%s, and has %%s', b.slot_version, s.version)
    WHEN b.slot_version = s.version AND s.status <> 'blocked'
        THEN format('was blocked by a calendar, and is %%s', s.status)
    WHEN b.slot_version = s.version AND s.deleted_at IS NULL AND s.start_at > now()
         AND NOT EXISTS (SELECT FROM busy_marks AS m WHERE m.provider_id = s.provider_id)
         AND NOT EXISTS (
            SELECT FROM busy_times AS t
            WHERE uuidrange(t.provider_id, t.provider_id, '[]')
                      = uuidrange(s.provider_id, s.provider_id, '[]')
              AND t.during && s.during)
        THEN 'is blocked by a calendar that has no busy time then'
    END) AS w (what)
WHERE s.id BETWEEN %(first)s AND %(last)s AND w.what IS NOT NULL;
