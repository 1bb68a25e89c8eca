-- Reserving for several callers in one transaction: what reserve_slot() does for one, with one commit
-- for all of them (docs/concurrency.md, "Gathered reserves").

-- One row for each request, told apart by its number from 1. Outcomes: as reserve_slot(), and
-- `busy`: somebody else has the owner's lock or the slot's at this moment, ask again.
--
-- p_requests: [{actor, id, slot, provider, service, user}]
-- p_idle_limit: as reserve_slot()
-- p_waits: whether to wait for locks. Without, whoever finds a lock taken is busy, and nobody in the
-- batch waits for a lock that is somebody else's concern.
CREATE OR REPLACE FUNCTION reserve_slots(
    p_requests jsonb, p_ttl_seconds integer, p_live_limit integer, p_idle_limit integer,
    p_waits boolean
) RETURNS TABLE (
    number integer, outcome text, id uuid, expires_at timestamptz, ttl_seconds integer,
    wanted timestamptz, price_cents integer, currency text, retry_seconds integer
)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    v_now    timestamptz;
    v_until  timestamptz;
    v_owners integer[];  -- the keys of the owners' locks that are ours
    v_slots  uuid[];     -- the slots whose row locks are ours
    v_won    integer[];
    v_prices jsonb;      -- [price, currency] of those, by number
    r        record;
BEGIN
    IF p_waits THEN
        v_owners := ARRAY(
            SELECT k.key FROM reservation_requests(p_requests) AS q
            CROSS JOIN LATERAL (SELECT hashtext(q.user_id::text)) AS k (key)
            GROUP BY k.key ORDER BY k.key);
        PERFORM pg_advisory_xact_lock(20001, key) FROM unnest(v_owners) AS k (key);
        v_slots := ARRAY(
            SELECT s.id FROM slots AS s
            WHERE s.id = ANY (ARRAY(SELECT q.slot_id FROM reservation_requests(p_requests) AS q))
            ORDER BY s.id FOR NO KEY UPDATE);
    ELSE
        v_owners := ARRAY(
            SELECT k.key FROM (
                SELECT DISTINCT hashtext(q.user_id::text) FROM reservation_requests(p_requests) AS q
            ) AS k (key)
            WHERE pg_try_advisory_xact_lock(20001, k.key));
        v_slots := ARRAY(
            SELECT s.id FROM slots AS s
            WHERE s.id = ANY (ARRAY(SELECT q.slot_id FROM reservation_requests(p_requests) AS q
                                    WHERE hashtext(q.user_id::text) = ANY (v_owners)))
            ORDER BY s.id FOR NO KEY UPDATE SKIP LOCKED);
    END IF;
    v_now := clock_timestamp();
    v_until := v_now + make_interval(secs => p_ttl_seconds);

    -- Those who are alone with their slot and whose slot is free, all at once.
    WITH alone AS (
        SELECT q.* FROM (
            SELECT q.*, count(*) OVER (PARTITION BY q.slot_id) AS rivals,
                   count(*) OVER (PARTITION BY q.user_id) AS own
            FROM reservation_requests(p_requests) AS q
            WHERE hashtext(q.user_id::text) = ANY (v_owners) AND q.slot_id = ANY (v_slots)
        ) AS q
        WHERE q.rivals = 1 AND q.own = 1
    ), winner AS (
        SELECT q.*, sv FROM alone AS q
        JOIN slots AS s ON s.id = q.slot_id AND s.provider_id = q.provider_id
        JOIN users AS u ON u.id = q.user_id AND u.is_active
        CROSS JOIN LATERAL offered_service(q.provider_id, q.service_id) AS sv
        WHERE s.deleted_at IS NULL AND s.status = 'available' AND s.start_at > v_now
          AND slot_serves(s, sv)
          AND (u.role <> 'client' OR reservation_refusal(
              q.actor, q.user_id, q.slot_id, v_now, p_live_limit, p_idle_limit) IS NULL)
    ), made AS (
        INSERT INTO reservations (id, slot_id, provider_id, service_id, user_id, created_by,
                                  ttl_seconds, created_at, expires_at, price_cents, currency,
                                  duration_minutes, free_until_hours, late_fee_cents,
                                  late_fee_percent, no_show_fee_cents)
        SELECT w.id, w.slot_id, w.provider_id, w.service_id, w.user_id,
               (w.actor ->> 'id')::uuid, p_ttl_seconds, v_now, v_until, (w.sv).price_cents,
               (w.sv).currency, (w.sv).duration_minutes, (w.sv).free_until_hours,
               (w.sv).late_fee_cents, (w.sv).late_fee_percent, (w.sv).no_show_fee_cents
        FROM winner AS w
    ), taken AS (
        UPDATE slots AS s
        SET status = 'held', held_until = v_until, reservation_id = w.id, acting = w.actor
        FROM winner AS w WHERE s.id = w.slot_id
    )
    SELECT array_agg(w.number),
           jsonb_object_agg(w.number, jsonb_build_array((w.sv).price_cents, (w.sv).currency))
    INTO v_won, v_prices FROM winner AS w;

    FOREACH number IN ARRAY coalesce(v_won, '{}') LOOP
        outcome := 'reserved';
        id := (p_requests -> number - 1 ->> 'id')::uuid;
        expires_at := v_until;
        ttl_seconds := p_ttl_seconds;
        price_cents := v_prices -> number::text -> 0;
        currency := v_prices -> number::text ->> 1;
        RETURN NEXT;
    END LOOP;
    IF cardinality(v_won) = jsonb_array_length(p_requests) THEN
        RETURN;
    END IF;

    -- The others one after the other, each as if it had come alone: the locks are ours already.
    FOR r IN
        SELECT q.*,
               hashtext(q.user_id::text) = ANY (v_owners) AND (
                   q.slot_id = ANY (v_slots)
                   OR NOT EXISTS (SELECT FROM slots AS s WHERE s.id = q.slot_id)
               ) AS is_ours
        FROM reservation_requests(p_requests) AS q
        WHERE q.number <> ALL (coalesce(v_won, '{}')) ORDER BY q.number
    LOOP
        IF r.is_ours THEN
            RETURN QUERY SELECT r.number, o.outcome, o.id, o.expires_at, o.ttl_seconds, o.wanted,
                                o.price_cents, o.currency, o.retry_seconds
                FROM reserve_slot(r.actor, r.id, r.slot_id, r.provider_id, r.service_id,
                                  r.user_id, p_ttl_seconds, p_live_limit, p_idle_limit) AS o;
        ELSE
            RETURN QUERY SELECT r.number, 'busy', NULL::uuid, NULL::timestamptz, NULL::integer,
                                NULL::timestamptz, NULL::integer, NULL::text, NULL::integer;
        END IF;
    END LOOP;
END
$$;

-- The requests as rows, numbered from 1.
CREATE OR REPLACE FUNCTION reservation_requests(p_requests jsonb) RETURNS TABLE (
    number integer, actor jsonb, id uuid, slot_id uuid, provider_id uuid, service_id uuid,
    user_id uuid
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT q.number::integer, q.value -> 'actor', (q.value ->> 'id')::uuid,
           (q.value ->> 'slot')::uuid, (q.value ->> 'provider')::uuid,
           (q.value ->> 'service')::uuid, (q.value ->> 'user')::uuid
    FROM jsonb_array_elements(p_requests) WITH ORDINALITY AS q (value, number)
$$;
