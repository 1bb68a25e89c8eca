-- Proving a telephone number, the pace of SMS, and whose browser a push subscription is.

ALTER TABLE channel_addresses
    ADD COLUMN code_delivery_id uuid;  -- the message that carries the code

-- When the next message of a lane with a pace may go; NULL: now.
ALTER TABLE lanes
    ADD COLUMN next_turn_at timestamptz;

ALTER TABLE push_subscriptions
    ADD COLUMN user_agent text;  -- so that people recognise their devices
