-- Whose number an SMS came from: people are found by it when they answer STOP or START.
CREATE INDEX users_phone_e164_idx ON users (phone_e164) WHERE phone_e164 IS NOT NULL;
