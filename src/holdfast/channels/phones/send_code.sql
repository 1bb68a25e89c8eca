-- A code for the number in the profile (docs/concurrency.md, "Proving a telephone number").

-- Keeps the code's hash and plans the message that carries the code; a code that was sent before is
-- void. Locks the user's row, so that the number stays; then what is known of it; then the message
-- with the former code, if it still waits.
--
-- p_phone, p_number: the number as it was read, typed and in E.164; p_sealed: the code, for the sender.
-- p_can_send: whether this server sends SMS. Where it does not, the message is written down as not
-- sent, and no code is kept.
-- Outcomes: planned, not_found, no_number, number_changed, already_verified.
CREATE OR REPLACE FUNCTION send_phone_code(
    p_user_id uuid, p_phone text, p_number text, p_delivery_id uuid, p_code_hash bytea, p_sealed bytea,
    p_can_send boolean,
    OUT outcome text, OUT state text, OUT expires_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_user    users;
    v_known   channel_addresses;
    v_now     timestamptz;
BEGIN
    SELECT * INTO v_user FROM users AS u WHERE u.id = p_user_id AND u.is_active FOR NO KEY UPDATE;
    IF v_user.id IS NULL THEN
        outcome := 'not_found';
    ELSIF v_user.phone IS NULL THEN
        outcome := 'no_number';
    ELSIF v_user.phone <> p_phone OR v_user.phone_e164 <> p_number THEN
        outcome := 'number_changed';
    END IF;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT * INTO v_known FROM channel_addresses AS c
    WHERE c.user_id = p_user_id AND c.channel = 'sms' FOR NO KEY UPDATE;
    v_now := clock_timestamp();
    state := CASE WHEN v_known.address = p_number THEN v_known.state ELSE 'unverified' END;
    IF state = 'verified' THEN
        outcome := 'already_verified';
        RETURN;
    END IF;

    -- A profile from before numbers were looked at.
    UPDATE users AS u SET phone_e164 = p_number WHERE u.id = p_user_id AND u.phone_e164 IS NULL;
    UPDATE deliveries AS d SET state = 'superseded', reason = 'newer', settled_at = v_now
    WHERE d.id = v_known.code_delivery_id AND d.state = 'pending';
    expires_at := delivery_expiry('sms', 'phone_code', v_now, NULL);
    INSERT INTO deliveries (id, channel, purpose, state, reason, settled_at, lane, user_id, sealed,
                            due_at, expires_at)
    VALUES (p_delivery_id, 'sms', 'phone_code',
            CASE WHEN p_can_send THEN 'pending' ELSE 'suppressed' END,
            CASE WHEN NOT p_can_send THEN 'not_configured' END,
            CASE WHEN NOT p_can_send THEN v_now END,
            ensure_lane('sms', 'sms'), p_user_id, CASE WHEN p_can_send THEN p_sealed END,
            v_now, expires_at);
    IF p_can_send THEN
        INSERT INTO channel_addresses AS c (user_id, channel, address, state, code_hash, code_until,
                                            code_tries, code_delivery_id, changed_at)
        VALUES (p_user_id, 'sms', p_number, state, p_code_hash, send_phone_code.expires_at, 0,
                p_delivery_id, v_now)
        ON CONFLICT (user_id, channel) DO UPDATE SET
            address = excluded.address, state = excluded.state, code_hash = excluded.code_hash,
            code_until = excluded.code_until, code_tries = 0,
            code_delivery_id = excluded.code_delivery_id, changed_at = excluded.changed_at;
    END IF;
    outcome := 'planned';
END
$$;

-- Whether a message still carries the code that proves the number in the profile.
CREATE OR REPLACE FUNCTION phone_code_is_open(d deliveries) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM channel_addresses AS c JOIN users AS u ON u.id = c.user_id
        WHERE c.user_id = d.user_id AND c.channel = 'sms' AND c.code_delivery_id = d.id
          AND c.address = u.phone_e164 AND c.state <> 'verified' AND u.is_active
          AND c.code_until > clock_timestamp())
$$;

-- Whether SMS may go to the number in somebody's profile.
CREATE OR REPLACE FUNCTION phone_is_verified(p_user_id uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM channel_addresses AS c JOIN users AS u ON u.id = c.user_id
        WHERE c.user_id = p_user_id AND c.channel = 'sms' AND c.address = u.phone_e164
          AND c.state = 'verified' AND u.is_active)
$$;
