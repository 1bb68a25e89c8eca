-- The throttle of sign-ins (SPEC 4.1): guessing is slow, and nobody locks another one out.

-- What failures of an account are counted by, whether or not it exists: two addresses have the same
-- key exactly when the database takes them for one (users_email_key). The address itself is not kept:
-- people type passwords into the wrong field.
CREATE OR REPLACE FUNCTION account_key(p_email text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(lower(coalesce(p_email, '')), 'UTF8'))
$$;

-- Counts a failure in the fixed window of an account and an address.
CREATE OR REPLACE FUNCTION count_sign_in_failure(
    p_account bytea, p_address text, p_window_seconds integer
) RETURNS void
LANGUAGE sql VOLATILE AS $$
    INSERT INTO sign_in_failures AS f (account, address, hits, expires_at)
    VALUES (p_account, p_address, 1,
            clock_timestamp() + make_interval(secs => p_window_seconds))
    ON CONFLICT (account, address) DO UPDATE SET
        hits = CASE WHEN f.expires_at <= clock_timestamp() THEN 1
                    ELSE least(f.hits + 1, 1000000) END,
        expires_at = CASE WHEN f.expires_at <= clock_timestamp() THEN excluded.expires_at
                          ELSE f.expires_at END
$$;

-- How sign-ins of an account from an address stand, after counting a failure if there was one.
-- Only the failures of this account from this address refuse anything. Many failures of the account
-- from anywhere, or from the address at any account, slow down: fewer failures are allowed, and each
-- attempt waits. Rows are locked in the order account and address, account, address.
--
-- p_rules: how many failures are allowed (`pair`, or `slowed`), and how many in all slow down
-- (`account`, `address`), each within `window` seconds.
CREATE OR REPLACE FUNCTION sign_in_standing(
    p_email text, p_address text, p_has_failed boolean, p_rules jsonb,
    OUT is_refused boolean, OUT is_slowed boolean, OUT allowed integer, OUT hits integer,
    OUT reset_seconds integer
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_account bytea := account_key(p_email);
    v_window  integer := (p_rules ->> 'window')::integer;
    v_now     timestamptz;
    v_expires timestamptz;
BEGIN
    IF p_has_failed THEN
        PERFORM count_sign_in_failure(v_account, p_address, v_window);
        PERFORM count_sign_in_failure(v_account, '', v_window);
        PERFORM count_sign_in_failure('', p_address, v_window);
    END IF;
    v_now := clock_timestamp();
    is_slowed := EXISTS (
        SELECT FROM sign_in_failures AS f
        WHERE f.account = v_account AND f.address = '' AND f.expires_at > v_now
          AND f.hits >= (p_rules ->> 'account')::integer)
      OR EXISTS (
        SELECT FROM sign_in_failures AS f
        WHERE f.account = '' AND f.address = p_address AND f.expires_at > v_now
          AND f.hits >= (p_rules ->> 'address')::integer);
    allowed := (p_rules ->> CASE WHEN is_slowed THEN 'slowed' ELSE 'pair' END)::integer;
    SELECT f.hits, f.expires_at INTO hits, v_expires FROM sign_in_failures AS f
    WHERE f.account = v_account AND f.address = p_address AND f.expires_at > v_now;
    hits := coalesce(hits, 0);
    reset_seconds := greatest(1, coalesce(ceil(extract(epoch FROM v_expires - v_now)), v_window));
    is_refused := hits - p_has_failed::integer >= allowed;
END
$$;

-- Forgets all failures of an account. Its password is new: what was guessed is worth nothing.
CREATE OR REPLACE FUNCTION forget_sign_in_failures(p_user_id uuid) RETURNS void
LANGUAGE sql VOLATILE AS $$
    DELETE FROM sign_in_failures AS f
    USING users AS u
    WHERE u.id = p_user_id AND f.account = account_key(u.email)
$$;
