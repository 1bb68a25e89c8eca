-- What the other side says later of what was sent (docs/deliveries.md, "Receipts").

-- Notes a receipt. Locks the delivery, then writes the repetition's mark and the address.
--
-- p_source, p_message_id: what tells a repeated receipt from a new one. p_delivery_id or p_receipt_id: the
-- delivery. p_status: sent | delivered | failed | bounced | complained | stopped | started.
-- Outcomes: noted (also when it said nothing new), repeated, unknown (no such delivery), early (its own
-- answer is not settled yet; nothing was noted).
CREATE OR REPLACE FUNCTION note_receipt(
    p_source text, p_message_id text, p_delivery_id uuid, p_receipt_id text, p_status text
) RETURNS text
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    d       deliveries;
    v_state text;
BEGIN
    IF p_delivery_id IS NOT NULL THEN
        SELECT * INTO d FROM deliveries AS x WHERE x.id = p_delivery_id FOR NO KEY UPDATE;
    ELSE
        -- `+ 0`: found by its receipt, never by walking over all numbers.
        SELECT * INTO d FROM deliveries AS x WHERE x.receipt_id = p_receipt_id
        ORDER BY x.number + 0 DESC LIMIT 1 FOR NO KEY UPDATE;
    END IF;
    -- A delivery that waits has been handed to nobody, or is to be tried again: nothing is known of it.
    IF d.state = 'sending' THEN
        RETURN 'early';
    END IF;
    INSERT INTO received_webhooks (source, id) VALUES (p_source, p_message_id) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN 'repeated';
    END IF;
    IF d.id IS NULL THEN
        RETURN 'unknown';
    END IF;
    v_state := receipt_state(d.state, p_status);
    IF v_state IS NOT NULL THEN
        UPDATE deliveries AS x SET
            state = v_state,
            sent_at = CASE WHEN v_state = 'dead' THEN x.sent_at
                ELSE coalesce(x.sent_at, x.handed_over_at) END,
            settled_at = coalesce(x.settled_at, clock_timestamp())
        WHERE x.id = d.id;
    END IF;
    PERFORM note_address_state(d.user_id, d.channel, p_status);
    RETURN 'noted';
END
$$;

-- What a receipt makes of a delivery; NULL: nothing. Never backwards.
CREATE OR REPLACE FUNCTION receipt_state(p_state text, p_status text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_state
        WHEN 'sent' THEN CASE
            WHEN p_status IN ('delivered', 'complained') THEN 'delivered'
            WHEN p_status IN ('failed', 'bounced', 'stopped') THEN 'bounced' END
        WHEN 'uncertain' THEN CASE
            WHEN p_status IN ('delivered', 'complained') THEN 'delivered'
            WHEN p_status = 'sent' THEN 'sent'
            WHEN p_status IN ('failed', 'bounced', 'stopped') THEN 'dead' END
    END
$$;

-- What a receipt says about the person's present address. One statement for each, which reads the address
-- that it speaks of.
CREATE OR REPLACE FUNCTION note_address_state(p_user_id uuid, p_channel text, p_status text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF p_channel = 'email' AND p_status IN ('bounced', 'complained') THEN
        INSERT INTO channel_addresses AS c (user_id, channel, address, state)
        SELECT u.id, 'email', lower(u.email), p_status FROM users AS u
        WHERE u.id = p_user_id AND u.email IS NOT NULL
        ON CONFLICT (user_id, channel) DO UPDATE SET
            address = excluded.address, state = excluded.state, changed_at = clock_timestamp(),
            code_hash = NULL, code_until = NULL, code_tries = 0;
    ELSIF p_channel = 'sms' AND p_status IN ('stopped', 'started') THEN
        PERFORM note_sms_choice(u.phone_e164, p_status) FROM users AS u
        WHERE u.id = p_user_id AND u.phone_e164 IS NOT NULL;
    ELSIF p_channel = 'email' AND p_status = 'started' THEN
        DELETE FROM channel_addresses AS c USING users AS u
        WHERE u.id = p_user_id AND c.user_id = u.id AND c.channel = 'email'
          AND c.address = lower(u.email) AND c.state = 'complained';
    END IF;
END
$$;

-- Who has a number wants no more SMS, or wants them again. How many people that is.
CREATE OR REPLACE FUNCTION note_sms_choice(p_number text, p_status text) RETURNS integer
LANGUAGE sql VOLATILE AS $$
    WITH noted AS (
        UPDATE channel_addresses AS c SET
            state = CASE p_status WHEN 'stopped' THEN 'stopped' ELSE 'verified' END,
            changed_at = clock_timestamp()
        FROM users AS u
        WHERE u.phone_e164 = p_number AND c.user_id = u.id AND c.channel = 'sms'
          AND c.address = p_number
          AND c.state = CASE p_status WHEN 'stopped' THEN 'verified' ELSE 'stopped' END
        RETURNING 1
    )
    SELECT count(*)::integer FROM noted
$$;

-- The same, of an SMS that somebody sent. Outcomes: noted, repeated, unknown.
CREATE OR REPLACE FUNCTION note_sms_reply(
    p_source text, p_message_id text, p_number text, p_status text
) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO received_webhooks (source, id) VALUES (p_source, p_message_id) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN 'repeated';
    END IF;
    RETURN CASE WHEN note_sms_choice(p_number, p_status) > 0 THEN 'noted' ELSE 'unknown' END;
END
$$;
