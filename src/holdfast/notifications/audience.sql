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
        WHEN NOT coalesce(notification_choice(p.settings, 'email', p.kind), true) THEN 'preference'
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

-- When the quiet hours end that hold at a time; NULL: none do. p_from and p_to are wall times of the
-- zone; hours that end before they begin go over midnight. A wall time that the clocks skip is the
-- moment after the gap; one that comes twice, the later one as an end.
CREATE OR REPLACE FUNCTION quiet_until(p_at timestamptz, p_zone text, p_from time, p_to time)
RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    WITH days AS (
        SELECT (p_at AT TIME ZONE p_zone)::date + n AS day FROM generate_series(-1, 0) AS n
    ), quiet AS (
        SELECT (day + p_from) AT TIME ZONE p_zone AS begins,
               (day + CASE WHEN p_to <= p_from THEN 1 ELSE 0 END + p_to) AT TIME ZONE p_zone AS ends
        FROM days
    )
    SELECT max(q.ends) FROM quiet AS q
    WHERE p_from <> p_to AND p_at >= q.begins AND p_at < q.ends
$$;

-- A person's quiet hours at a time; NULL: none hold, or they want none.
CREATE OR REPLACE FUNCTION quiet_until_of(
    p_user_id uuid, a appointments, p_at timestamptz, p_from time, p_to time
) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN n.settings -> 'quietHours' = 'null' THEN NULL
        ELSE quiet_until(p_at, notification_zone(p_user_id, a),
                         coalesce((n.settings -> 'quietHours' ->> 'from')::time, p_from),
                         coalesce((n.settings -> 'quietHours' ->> 'to')::time, p_to)) END
    FROM (VALUES (1)) AS one LEFT JOIN notification_settings AS n ON n.user_id = p_user_id
$$;
