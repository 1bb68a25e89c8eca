-- Sending again: a settled row never changes, so it is a new one (docs/deliveries.md, "Steering").

-- Why a delivery cannot be sent again; NULL when it can.
CREATE OR REPLACE FUNCTION resend_objection(d deliveries) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN d.state IN ('pending', 'sending', 'uncertain') THEN 'open'
        WHEN d.purpose IN ('password_reset', 'phone_code') THEN 'secret'
        WHEN d.purpose = 'test' THEN 'test'
        WHEN EXISTS (SELECT FROM deliveries AS r WHERE r.resend_of = d.id
                     AND r.state IN ('pending', 'sending', 'uncertain')) THEN 'resent'
        WHEN d.channel = 'webhook' AND NOT EXISTS (
            SELECT FROM outbox AS o WHERE o.position = d.position) THEN 'forgotten'
        ELSE coalesce(delivery_objection(d), CASE
            WHEN delivery_expiry(d.channel, d.purpose, clock_timestamp(), (
                SELECT a.start_at FROM appointments AS a WHERE a.id = d.appointment_id))
                <= clock_timestamp() THEN 'past' END)
        END
$$;

-- Why a new row would not be sent at once: as planning says it, of the address as it is now.
-- p_channels: what this server can send by.
CREATE OR REPLACE FUNCTION way_is_closed(d deliveries, p_channels text[]) RETURNS text
LANGUAGE sql STABLE AS $$
    WITH person AS (
        SELECT u.*, c.state AS address_state,
               (n.settings -> d.channel ->> CASE d.purpose WHEN 'reminder' THEN 'reminders'
                   ELSE 'changes' END)::boolean AS choice
        FROM users AS u
        LEFT JOIN channel_addresses AS c ON c.user_id = u.id AND c.channel = d.channel
            AND c.address = CASE d.channel WHEN 'email' THEN lower(u.email) ELSE u.phone_e164 END
        LEFT JOIN notification_settings AS n ON n.user_id = u.id
        WHERE u.id = d.user_id AND u.is_active
    )
    SELECT CASE
        WHEN d.channel IN ('webhook', 'caldav') THEN NULL
        WHEN d.channel = 'email' AND (SELECT p.email FROM person AS p) IS NULL THEN 'no_address'
        WHEN d.channel = 'sms' AND coalesce((SELECT p.address_state FROM person AS p), '')
            NOT IN ('verified', 'stopped') THEN 'no_address'
        WHEN d.channel = 'push' AND NOT EXISTS (
            SELECT FROM push_subscriptions AS s
            WHERE s.id = d.subscription_id AND s.user_id = d.user_id) THEN 'no_address'
        WHEN (SELECT p.address_state FROM person AS p) = 'bounced' THEN 'bounced'
        WHEN (SELECT p.address_state FROM person AS p) IN ('complained', 'stopped') THEN 'unsubscribed'
        WHEN NOT (SELECT p.choice FROM person AS p) THEN 'preference'
        WHEN d.channel <> ALL (p_channels) THEN 'not_configured' END
$$;

-- Sends some deliveries again, each by itself; in the order of p_ids. Locks the originals by id: of two
-- calls at once the second one finds the new row of the first one, which is still open.
--
-- Outcomes: resent (with the new row's id), not_resendable (with a reason), not_found: unknown, or not
-- about an appointment that the actor sees (an administrator sees all).
CREATE OR REPLACE FUNCTION resend_deliveries(p_actor jsonb, p_ids uuid[], p_channels text[])
RETURNS TABLE (id uuid, outcome text, reason text, new_id uuid)
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    d        deliveries;
    v_start  timestamptz;
    v_closed text;
BEGIN
    PERFORM FROM deliveries AS x WHERE x.id = ANY (p_ids) ORDER BY x.id FOR NO KEY UPDATE;
    FOREACH id IN ARRAY p_ids LOOP
        reason := NULL;
        new_id := NULL;
        SELECT * INTO d FROM deliveries AS x WHERE x.id = resend_deliveries.id;
        IF NOT FOUND OR NOT (p_actor ->> 'role' = 'admin' OR d.user_id IS NOT NULL AND EXISTS (
                SELECT FROM appointments AS a
                WHERE a.id = d.appointment_id AND sees_appointment(p_actor, a))) THEN
            outcome := 'not_found';
            RETURN NEXT;
            CONTINUE;
        END IF;
        reason := resend_objection(d);
        IF reason IS NOT NULL THEN
            outcome := 'not_resendable';
            RETURN NEXT;
            CONTINUE;
        END IF;
        SELECT a.start_at INTO v_start FROM appointments AS a WHERE a.id = d.appointment_id;
        v_closed := way_is_closed(d, p_channels);
        new_id := new_uuid_v7();
        INSERT INTO deliveries (id, channel, purpose, state, reason, settled_at, lane, user_id,
                                endpoint_id, connection_id, subscription_id, appointment_id, position,
                                event_type, start_at, due_at, expires_at, resend_of)
        VALUES (new_id, d.channel, d.purpose,
                CASE WHEN v_closed IS NULL THEN 'pending' ELSE 'suppressed' END, v_closed,
                CASE WHEN v_closed IS NOT NULL THEN clock_timestamp() END, d.lane, d.user_id,
                d.endpoint_id, d.connection_id, d.subscription_id, d.appointment_id, d.position,
                d.event_type, coalesce(v_start, d.start_at), clock_timestamp(),
                delivery_expiry(d.channel, d.purpose, clock_timestamp(), v_start), d.id);
        outcome := 'resent';
        RETURN NEXT;
    END LOOP;
END
$$;
