-- What somebody types as the code (docs/concurrency.md, "Proving a telephone number").

-- Compares under the locks under which a code is made, and counts what was wrong. A code is good for
-- the number that it was sent to, for its time, and for p_tries attempts; the right one may come
-- again (an answer was lost).
--
-- p_hashes: of what was typed, one for each secret key that may have been in use.
-- Outcomes: verified, wrong, expired (also: there is none, or the number is another), not_found.
CREATE OR REPLACE FUNCTION check_phone_code(
    p_user_id uuid, p_hashes bytea[], p_tries integer,
    OUT outcome text, OUT tries_left integer
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_user  users;
    v_known channel_addresses;
    v_now   timestamptz;
BEGIN
    SELECT * INTO v_user FROM users AS u WHERE u.id = p_user_id AND u.is_active FOR NO KEY UPDATE;
    IF v_user.id IS NULL THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    SELECT * INTO v_known FROM channel_addresses AS c
    WHERE c.user_id = p_user_id AND c.channel = 'sms' FOR NO KEY UPDATE;
    v_now := clock_timestamp();
    IF v_known.code_hash IS NULL OR v_known.code_until <= v_now OR v_known.code_tries >= p_tries
            OR v_known.address IS DISTINCT FROM v_user.phone_e164 THEN
        outcome := 'expired';
        RETURN;
    END IF;
    IF v_known.code_hash <> ALL (p_hashes) THEN
        UPDATE channel_addresses AS c SET code_tries = c.code_tries + 1
        WHERE c.user_id = p_user_id AND c.channel = 'sms';
        outcome := 'wrong';
        tries_left := p_tries - v_known.code_tries - 1;
        RETURN;
    END IF;
    UPDATE channel_addresses AS c SET state = 'verified', changed_at = v_now
    WHERE c.user_id = p_user_id AND c.channel = 'sms' AND c.state <> 'verified';
    outcome := 'verified';
END
$$;
