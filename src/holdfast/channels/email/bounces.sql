-- What becomes of an address, and of a mail, that could not be delivered (docs/mail.md, "Bounces").

-- Nothing goes to an address any more that does not exist, as long as it is the person's.
-- One statement: the row speaks of the address that it read.
CREATE OR REPLACE FUNCTION note_bounced_address(p_user_id uuid, p_address text) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
    WITH noted AS (
        INSERT INTO channel_addresses AS c (user_id, channel, address, state)
        SELECT u.id, 'email', lower(u.email), 'bounced' FROM users AS u
        WHERE u.id = p_user_id AND lower(u.email) = lower(p_address)
        ON CONFLICT (user_id, channel) DO UPDATE SET
            address = excluded.address, state = 'bounced', changed_at = clock_timestamp(),
            code_hash = NULL, code_until = NULL, code_tries = 0
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM noted)
$$;

-- A report says that a mail reached nobody. Locks the delivery, then writes the address.
-- p_wrong_addresses: those that do not exist, in lower case. Nothing more goes to the person's, if it is
-- still one of them.
-- Outcomes: bounced, repeated (it is known already), other (no mail), unknown (no such delivery), early
-- (it is still on its way: its answer is not settled).
CREATE OR REPLACE FUNCTION note_bounce(p_delivery_id uuid, p_wrong_addresses text[], OUT outcome text)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    d deliveries;
BEGIN
    SELECT * INTO d FROM deliveries AS x WHERE x.id = p_delivery_id FOR NO KEY UPDATE;
    outcome := CASE
        WHEN d.id IS NULL THEN 'unknown'
        WHEN d.channel <> 'email' THEN 'other'
        WHEN d.state IN ('pending', 'sending') THEN 'early'
        WHEN d.state IN ('sent', 'uncertain') THEN 'bounced'
        ELSE 'repeated' END;
    IF outcome <> 'bounced' THEN
        RETURN;
    END IF;
    -- A mail whose fate was unknown was taken, as it turns out, and came back.
    UPDATE deliveries AS x SET
        state = CASE d.state WHEN 'sent' THEN 'bounced' ELSE 'dead' END,
        settled_at = coalesce(x.settled_at, clock_timestamp())
    WHERE x.id = d.id;
    PERFORM note_bounced_address(d.user_id, a) FROM unnest(p_wrong_addresses) AS a;
END
$$;
