-- How a person wants to be told (SPEC-deliveries §3, "Settings"). What is kept is what they said: what
-- they did not say is as the server does by default, and may change with it.

-- What is known of how a person can be reached.
CREATE OR REPLACE FUNCTION reachable_by(p_user_id uuid) RETURNS TABLE (
    email text, email_state text, phone text, phone_state text, subscriptions integer
)
LANGUAGE sql STABLE AS $$
    SELECT u.email, e.state, u.phone_e164, coalesce(s.state, CASE
               WHEN u.phone_e164 IS NOT NULL THEN 'unverified' END),
           (SELECT count(*)::integer FROM push_subscriptions AS x WHERE x.user_id = u.id)
    FROM users AS u
    LEFT JOIN channel_addresses AS e
        ON e.user_id = u.id AND e.channel = 'email' AND e.address = lower(u.email)
    LEFT JOIN channel_addresses AS s
        ON s.user_id = u.id AND s.channel = 'sms' AND s.address = u.phone_e164
    WHERE u.id = p_user_id
$$;

-- Whether these settings would leave a person without word of a change or a cancel: each way that they
-- really have is off. A telephone counts when they said that they want changes there: at its default it
-- brings only late cancels. Who has no way at all may still not turn all of them off.
--
-- p_channels: what this server can send by.
CREATE OR REPLACE FUNCTION silences_changes(p_user_id uuid, p_settings jsonb, p_channels text[])
RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT NOT (w.email AND c.email OR w.sms AND c.sms OR w.push AND c.push)
       AND (w.email AND NOT c.email OR w.sms AND c.no_sms OR w.push AND NOT c.push
            OR NOT c.email AND NOT c.sms AND NOT c.push)
    FROM (
        SELECT coalesce(notification_choice(p_settings, 'email', 'changes'), true) AS email,
               coalesce(notification_choice(p_settings, 'push', 'changes'), true) AS push,
               coalesce(notification_choice(p_settings, 'sms', 'changes'), false) AS sms,
               NOT coalesce(notification_choice(p_settings, 'sms', 'changes'), true) AS no_sms
    ) AS c, (
        SELECT r.email IS NOT NULL AS email,
               'sms' = ANY (p_channels) AND r.phone_state IS NOT DISTINCT FROM 'verified' AS sms,
               'push' = ANY (p_channels) AND r.subscriptions > 0 AS push
        FROM reachable_by(p_user_id) AS r
    ) AS w
$$;

-- A person's settings; version 1 and nothing said where there are none yet.
CREATE OR REPLACE FUNCTION read_notification_settings(
    p_user_id uuid,
    OUT settings jsonb, OUT version integer, OUT updated_at timestamptz, OUT reach jsonb
)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(n.settings, '{}'), coalesce(n.version, 1), coalesce(n.updated_at, u.created_at),
           (SELECT to_jsonb(r) FROM reachable_by(u.id) AS r)
    FROM users AS u LEFT JOIN notification_settings AS n ON n.user_id = u.id
    WHERE u.id = p_user_id
$$;

-- Puts new settings in the place of a person's, under the lock of the user's row.
-- Outcomes: saved, not_found, last_channel, or of check_preconditions(). The settings that hold then
-- come with each but not_found.
--
-- p_settings: what they said. p_channels: as silences_changes().
CREATE OR REPLACE FUNCTION save_notification_settings(
    p_user_id uuid, p_settings jsonb, p_precondition jsonb, p_channels text[],
    OUT outcome text, OUT settings jsonb, OUT version integer, OUT updated_at timestamptz,
    OUT reach jsonb
)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM FROM users AS u WHERE u.id = p_user_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    SELECT r.settings, r.version, r.updated_at, r.reach INTO settings, version, updated_at, reach
    FROM read_notification_settings(p_user_id) AS r;
    outcome := check_preconditions(p_precondition, version, updated_at);
    IF outcome IS NULL AND silences_changes(p_user_id, p_settings, p_channels) THEN
        outcome := 'last_channel';
    END IF;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    outcome := 'saved';
    IF settings <> p_settings THEN
        SELECT k.version, k.updated_at INTO version, updated_at
        FROM keep_notification_settings(p_user_id, p_settings) AS k;
        settings := p_settings;
    END IF;
END
$$;

-- Writes settings, and the times of reminders that nobody had before. The caller holds the user's row.
CREATE OR REPLACE FUNCTION keep_notification_settings(
    p_user_id uuid, p_settings jsonb, OUT version integer, OUT updated_at timestamptz
)
LANGUAGE sql VOLATILE AS $$
    INSERT INTO reminder_passes (minutes)
    SELECT m::integer FROM jsonb_array_elements_text(p_settings -> 'reminderMinutes') AS m
    ON CONFLICT DO NOTHING;
    INSERT INTO notification_settings AS n (user_id, settings, version, updated_at)
    VALUES (p_user_id, p_settings, 2, clock_timestamp())
    ON CONFLICT (user_id) DO UPDATE SET
        settings = excluded.settings, version = n.version + 1,
        updated_at = greatest(excluded.updated_at, n.updated_at + interval '1 microsecond')
    RETURNING n.version, n.updated_at
$$;

-- Ends the mails that remind a person, as the link in one of them asks. The user's row is locked.
-- Outcomes: done (also when they had been ended before), not_found.
CREATE OR REPLACE FUNCTION unsubscribe_from_reminders(p_user_id uuid) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_settings jsonb;
BEGIN
    PERFORM FROM users AS u WHERE u.id = p_user_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    END IF;
    SELECT r.settings INTO v_settings FROM read_notification_settings(p_user_id) AS r;
    IF notification_choice(v_settings, 'email', 'reminders') IS DISTINCT FROM false THEN
        PERFORM keep_notification_settings(p_user_id, v_settings || jsonb_build_object(
            'email', coalesce(v_settings -> 'email', '{}') || '{"reminders": false}'));
    END IF;
    RETURN 'done';
END
$$;
