-- Statements of reservations. The functions they call say which locks they take.

-- name: reserve_slot
-- One round trip, one transaction. Locks: the client's advisory lock, then the slot row.
SELECT outcome, id, expires_at, ttl_seconds, wanted, price_cents, currency, retry_seconds
FROM reserve_slot(%(actor)s, %(reservation_id)s, %(slot_id)s, %(provider_id)s, %(service_id)s,
                  %(user_id)s, %(ttl_seconds)s, %(live_limit)s, %(idle_limit)s);

-- name: reserve_slots
-- Several callers' reserves in one transaction, one row for each. Locks: the clients' advisory locks by
-- key, then the slot rows by id; without `waits` it waits for none of them, and says `busy` instead.
SELECT number, outcome, id, expires_at, ttl_seconds, wanted, price_cents, currency, retry_seconds
FROM reserve_slots(%(requests)s, %(ttl_seconds)s, %(live_limit)s, %(idle_limit)s, %(waits)s)
ORDER BY number;

-- name: reservation_state
-- What the token is worth now, without a lock: a read promises nothing.
SELECT CASE WHEN t.standing = 'live' AND NOT still_offered(%(actor)s, r)
            THEN 'no_longer_offered' ELSE t.standing END AS standing,
       reservation_document(r, s, %(extension_limit)s) AS document,
       r.provider_id, r.service_id, s.start_at AS wanted
FROM reservations AS r
JOIN slots AS s ON s.id = r.slot_id
CROSS JOIN LATERAL (
    SELECT reservation_standing(%(actor)s, r, clock_timestamp()) AS standing) AS t
WHERE r.id = %(reservation_id)s;

-- name: extend_reservation
-- Locks the slot row, then looks at the clock.
SELECT outcome, document, (slot).provider_id, (slot).start_at AS wanted, service_id
FROM extend_reservation(%(actor)s, %(reservation_id)s, %(extension_limit)s);

-- name: release_reservation
-- Locks the slot row.
SELECT outcome FROM release_reservation(%(actor)s, %(reservation_id)s);
