-- Statements of live updates.

-- name: open_channel
-- Who may listen to a channel (SPEC §5), and where the channel stands, as of one moment: whatever
-- happens later comes with a larger sequence.
SELECT CASE %(kind)s
           WHEN 'user' THEN %(id)s::uuid = (%(actor)s::jsonb ->> 'id')::uuid
           WHEN 'provider' THEN %(actor)s::jsonb ->> 'role' <> 'client'
               AND manages_provider(%(actor)s::jsonb, %(id)s)
           WHEN 'availability' THEN EXISTS (
               SELECT FROM providers AS p WHERE p.id = %(id)s AND p.deleted_at IS NULL)
           WHEN 'appointment' THEN EXISTS (
               SELECT FROM appointments AS a
               WHERE a.id = %(id)s AND sees_appointment(%(actor)s::jsonb, a))
       END AS may_listen,
       coalesce((SELECT sequence FROM channels WHERE name = %(name)s), 0) AS sequence,
       (SELECT min(sequence) FROM channel_events WHERE channel = %(name)s) AS oldest;

-- name: request_takeover
-- Tells the holder of an edit lock, through the outbox. Outcomes: asked, not_found, lock_not_found.
SELECT request_takeover(%(actor)s, %(appointment_id)s) AS outcome;

-- name: changed_users
-- Users whose access was changed lately; by the index on access_changed_at, which can be searched for
-- statement_timestamp() and not for the moving clock. (For half a range, whose beginning is not known when
-- it is planned, PostgreSQL expects a third of the users.)
SELECT id, is_active, role::text AS role, provider_id
FROM users
WHERE access_changed_at > statement_timestamp() - make_interval(secs => %(within_seconds)s)
  AND access_changed_at < 'infinity';

-- name: ended_sign_ins
-- Sign-ins that ended lately; by the index on ended_at, as changed_users.
SELECT id
FROM sign_ins
WHERE ended_at > statement_timestamp() - make_interval(secs => %(within_seconds)s)
  AND ended_at < 'infinity';
