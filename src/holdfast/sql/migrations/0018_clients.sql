-- Clients whom staff enter: perhaps without an e-mail address, without a password until they have
-- proved the address (SPEC 4.1); and one search for people (SPEC 4.5).

-- Nothing is rewritten, and what is there stays as it is. The checks need no look at old rows: each
-- has an address.
ALTER TABLE users
    ALTER COLUMN email DROP NOT NULL,
    ALTER COLUMN password_hash DROP NOT NULL,
    -- The number as any network understands it; NULL where it was never looked at.
    ADD COLUMN phone_e164 text,
    -- Which member of staff entered this client.
    ADD COLUMN entered_by uuid REFERENCES users (id),
    ADD CONSTRAINT users_contact_check
        CHECK (email IS NOT NULL OR phone IS NOT NULL) NOT VALID,
    ADD CONSTRAINT users_sign_in_check
        CHECK (email IS NOT NULL OR (role = 'client' AND password_hash IS NULL)) NOT VALID;
CREATE INDEX users_entered_by_idx ON users (entered_by, id) WHERE entered_by IS NOT NULL;

-- By what users are found: kept by a trigger, made by search_words(). A table by itself, so that
-- filling it neither rewrites users nor keeps anybody from signing in. users.search_words, which
-- versions before this one search, stays for them.
CREATE TABLE user_search (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    form    smallint NOT NULL,  -- search_form() when it was made
    words   tsvector NOT NULL
);
