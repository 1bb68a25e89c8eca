-- Statements of the delivery engine.

-- name: claim
-- A few due deliveries of each open lane of a channel; those that say nothing true any more come back
-- settled (claim.sql).
SELECT c.id, c.state, c.reason, c.channel, c.purpose, c.lane, c.user_id, c.endpoint_id, c.connection_id,
       c.subscription_id, c.appointment_id, c.position, c.event_type, c.start_at, c.sealed, c.tries,
       c.created_at, c.expires_at
FROM claim_deliveries(%(worker)s, %(lease_seconds)s, %(limit)s, %(channels)s, %(rooms)s,
                      %(busy_lanes)s, %(busy)s) AS c;

-- name: mark
-- Which of these may be handed over (claim.sql).
SELECT m AS id FROM mark_handed_over(%(worker)s, %(ids)s) AS m;

-- name: settle
-- What became of tries (settle.sql).
SELECT settle_deliveries(%(worker)s, %(ids)s, %(results)s, %(reasons)s, %(codes)s, %(excerpts)s,
                         %(retry_seconds)s, %(lane_faults)s, %(receipt_ids)s) AS settled;

-- name: release
-- What was claimed and not begun goes back.
SELECT release_deliveries(%(worker)s, %(ids)s) AS released;

-- name: sweep
-- Expired ones, ended leases, uncertain ones whose time has come.
SELECT sweep_deliveries(%(limit)s, %(sms_repeats)s) AS moved;

-- name: plan_webhooks
-- The next events for all endpoints.
SELECT plan_webhooks(%(limit)s, %(room)s) AS passed;

-- name: plan_full_lanes
-- More of the log for lanes that had too much waiting.
SELECT plan_full_lanes(%(limit)s, %(room)s) AS passed;

-- name: plan_notifications
-- Messages to people from the next events.
SELECT plan_notifications(%(limit)s, %(delay_seconds)s, %(channels)s, %(quiet_from)s, %(quiet_to)s) AS passed;
