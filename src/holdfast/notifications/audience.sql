-- Who hears of what, by which way, and when (SPEC-deliveries §3).

-- What an event means for people; NULL: nothing. p_before, p_after: the appointment's status.
CREATE OR REPLACE FUNCTION notification_purpose(
    p_type text, p_updates jsonb, p_before text, p_after text
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_type
        WHEN 'booking.requested' THEN 'requested'
        WHEN 'booking.confirmed' THEN 'confirmed'
        WHEN 'booking.restored' THEN CASE WHEN p_after IN ('requested', 'confirmed') THEN p_after END
        WHEN 'booking.rescheduled' THEN 'rescheduled'
        WHEN 'booking.updated' THEN CASE
            WHEN p_after IN ('requested', 'confirmed') AND p_updates ?| '{start,end,providerId,facilityId,serviceId}' THEN 'rescheduled' END
        WHEN 'booking.cancelled' THEN 'cancelled'
        -- Only what was still to come: nobody is told that a record went away.
        WHEN 'booking.deleted' THEN CASE WHEN p_before IN ('requested', 'confirmed') THEN 'cancelled' END
        WHEN 'booking.no_show' THEN CASE
            WHEN (p_updates ->> 'feeCents')::bigint > 0 THEN 'no_show' END
        END
$$;

-- Whether a person wants a kind of message by a channel, as they said; NULL: they said nothing.
CREATE OR REPLACE FUNCTION notification_choice(p_settings jsonb, p_channel text, p_kind text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (p_settings -> p_channel ->> p_kind)::boolean
$$;

-- The ways by which a person hears of a purpose. A way that would be usual but is closed comes with the
-- reason why, so that staff see that nothing was sent; one that was never open (no telephone, no
-- subscription) does not come at all.
--
-- p_channels: what this server can send by.
CREATE OR REPLACE FUNCTION notification_ways(
    p_user_id uuid, p_purpose text, p_start timestamptz, p_is_client boolean, p_channels text[]
) RETURNS TABLE (channel text, lane text, subscription_id uuid, reason text)
LANGUAGE sql STABLE AS $$
    WITH person AS (
        SELECT u.id, lower(u.email) AS email, u.phone_e164, coalesce(n.settings, '{}') AS settings,
               CASE p_purpose WHEN 'reminder' THEN 'reminders' ELSE 'changes' END AS kind
        FROM users AS u LEFT JOIN notification_settings AS n ON n.user_id = u.id
        WHERE u.id = p_user_id AND u.is_active
    )
    SELECT 'email', 'smtp', NULL::uuid, CASE
        WHEN p.email IS NULL THEN 'no_address'
        WHEN c.state = 'bounced' THEN 'bounced'
        WHEN c.state = 'complained' THEN 'unsubscribed'
        -- What they turned off counts as long as changes reach them by another way that they have:
        -- a browser may have gone, or a number, since they said so.
        WHEN NOT coalesce(notification_choice(p.settings, 'email', p.kind), true)
            AND (p.kind = 'reminders' OR NOT silences_changes(p.id, p.settings, p_channels))
            THEN 'preference'
        WHEN 'email' <> ALL (p_channels) THEN 'not_configured' END
    FROM person AS p
    LEFT JOIN channel_addresses AS c ON c.user_id = p.id AND c.channel = 'email' AND c.address = p.email
    UNION ALL
    SELECT 'push', 'push:' || substring(s.endpoint FROM '^https?://([^/]+)'), s.id, CASE
        WHEN NOT coalesce(notification_choice(p.settings, 'push', p.kind), true) THEN 'preference'
        WHEN 'push' <> ALL (p_channels) THEN 'not_configured' END
    FROM person AS p JOIN push_subscriptions AS s ON s.user_id = p.id
    WHERE p_purpose IN ('confirmed', 'rescheduled', 'cancelled', 'reminder')
    UNION ALL
    SELECT 'sms', 'sms', NULL, CASE
        WHEN c.state = 'stopped' THEN 'unsubscribed'
        WHEN NOT coalesce(notification_choice(p.settings, 'sms', p.kind), true) THEN 'preference'
        WHEN 'sms' <> ALL (p_channels) THEN 'not_configured' END
    FROM person AS p
    JOIN channel_addresses AS c ON c.user_id = p.id AND c.channel = 'sms' AND c.address = p.phone_e164
        AND c.state IN ('verified', 'stopped')
    WHERE p_is_client AND CASE p_purpose
        WHEN 'cancelled' THEN p_start < clock_timestamp() + interval '24 hours'
            OR notification_choice(p.settings, 'sms', p.kind)
        ELSE notification_choice(p.settings, 'sms', p.kind) END
      AND p_purpose IN ('confirmed', 'rescheduled', 'cancelled', 'reminder')
$$;

-- The zone in which a person lives, as far as it is known.
CREATE OR REPLACE FUNCTION notification_zone(p_user_id uuid, a appointments) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT u.timezone FROM users AS u WHERE u.id = p_user_id),
        (SELECT f.timezone FROM facilities AS f WHERE f.id = a.facility_id),
        (SELECT p.timezone FROM providers AS p WHERE p.id = a.provider_id))
$$;

-- The first and the last moment at which the clocks of a zone show a time: two when they are set back
-- over it; when they skip it, as it would be before and after.
CREATE OR REPLACE FUNCTION moments_of_wall_time(
    p_wall timestamp, p_zone text, OUT first timestamptz, OUT last timestamptz
)
LANGUAGE sql STABLE AS $$
    SELECT min(m.moment), max(m.moment)
    FROM (VALUES (interval '-3 hours'), ('3 hours')) AS n (away)
    CROSS JOIN LATERAL (SELECT p_wall AT TIME ZONE p_zone + n.away AS near) AS x
    CROSS JOIN LATERAL (
        SELECT (p_wall - (x.near AT TIME ZONE p_zone - x.near AT TIME ZONE 'UTC'))
               AT TIME ZONE 'UTC' AS moment
    ) AS m
$$;

-- The quiet hours that hold at a time; NULL: none do. p_from and p_to are wall times of the zone; hours
-- that end before they begin go over midnight. Where the clocks are changed, they are as long as they can
-- be meant.
CREATE OR REPLACE FUNCTION quiet_hours_at(
    p_at timestamptz, p_zone text, p_from time, p_to time,
    OUT begins timestamptz, OUT ends timestamptz
)
LANGUAGE sql STABLE AS $$
    SELECT min(b.first), max(e.last)
    FROM generate_series(-1, 1) AS n
    CROSS JOIN LATERAL (SELECT (p_at AT TIME ZONE p_zone)::date + n AS day) AS d
    CROSS JOIN LATERAL moments_of_wall_time(d.day + p_from, p_zone) AS b
    CROSS JOIN LATERAL moments_of_wall_time(
        d.day + CASE WHEN p_to <= p_from THEN 1 ELSE 0 END + p_to, p_zone) AS e
    WHERE p_from <> p_to AND p_at >= b.first AND p_at < e.last
$$;

-- From when to when a person's quiet hours are, on the wall; equal times: they want none.
-- (One row, as a table, so that the planner puts it in place.)
CREATE OR REPLACE FUNCTION quiet_hours_of(p_settings jsonb, p_from time, p_to time)
RETURNS TABLE (begins time, ends time)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
    SELECT CASE WHEN q.said = 'null' THEN '00:00' ELSE coalesce((q.said ->> 'from')::time, p_from) END,
           CASE WHEN q.said = 'null' THEN '00:00' ELSE coalesce((q.said ->> 'to')::time, p_to) END
    FROM (SELECT p_settings -> 'quietHours' AS said) AS q
$$;

-- When a message may go that is due at a time; NULL: then. Email never waits for the morning, and neither
-- does what is urgent.
CREATE OR REPLACE FUNCTION quiet_until(
    p_channel text, p_purpose text, p_user_id uuid, a appointments, p_at timestamptz, p_from time, p_to time
) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_channel NOT IN ('push', 'sms') THEN NULL
        WHEN p_purpose IN ('cancelled', 'rescheduled') AND a.start_at < p_at + interval '12 hours' THEN NULL
        ELSE quiet_until_of(p_user_id, a, p_at, p_from, p_to) END
$$;

-- The same of a message that is about to go. A reminder for which the morning is too late goes in the
-- night: by then the evening before is over (reminder_goes_at()). Codes and tests are waited for.
CREATE OR REPLACE FUNCTION morning_of(d deliveries, p_at timestamptz, p_from time, p_to time)
RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT q.ends
    FROM appointments AS a CROSS JOIN LATERAL (
        SELECT quiet_until(d.channel, d.purpose, d.user_id, a, p_at, p_from, p_to) AS ends) AS q
    WHERE a.id = d.appointment_id AND d.user_id IS NOT NULL AND d.purpose NOT IN ('phone_code', 'test')
      AND NOT (d.purpose = 'reminder' AND q.ends > a.start_at - interval '60 minutes')
$$;

-- When a person's quiet hours end that hold at a time; NULL: none hold, or they want none.
CREATE OR REPLACE FUNCTION quiet_until_of(
    p_user_id uuid, a appointments, p_at timestamptz, p_from time, p_to time
) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT q.ends
    FROM (VALUES (1)) AS one LEFT JOIN notification_settings AS n ON n.user_id = p_user_id
    CROSS JOIN LATERAL quiet_hours_of(coalesce(n.settings, '{}'), p_from, p_to) AS h
    CROSS JOIN LATERAL quiet_hours_at(p_at, notification_zone(p_user_id, a), h.begins, h.ends) AS q
$$;
