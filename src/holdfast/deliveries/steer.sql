-- Calls of the functions that steer deliveries and lanes.

-- name: resend
-- A new row for each that can be sent again (resend.sql).
SELECT r.id, r.outcome, r.reason, r.new_id
FROM resend_deliveries(%(actor)s, %(ids)s, %(channels)s) AS r;

-- name: discard
-- What waits is given up (bulk.sql).
SELECT d.id, d.outcome FROM discard_deliveries(%(ids)s) AS d;

-- name: steer_lane
-- Stops or opens a lane (lanes.sql).
SELECT steer_lane(%(id)s, %(is_stopped)s, %(count_limit)s) AS document;
