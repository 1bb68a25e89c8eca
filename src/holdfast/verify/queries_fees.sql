-- The checks of `holdfast verify` on fees and refunds (SPEC §3: I9); queries.sql says how checks look.

-- name: fees
-- I9: fee and refund are set exactly when the appointment was cancelled or missed, make up the
-- price, and follow from the policy that was copied at booking. The hour of the decision is in the
-- history; it is written a moment after the decision, so near the limit either fee is right.
SELECT a.id, w.what
FROM appointments AS a
LEFT JOIN LATERAL (
    SELECT e.at, e.previous_status FROM appointment_audit AS e
    WHERE e.appointment_id = a.id AND e.new_status IN ('cancelled', 'no_show')
      AND e.previous_status IS DISTINCT FROM e.new_status
    ORDER BY e.version DESC  -- what was reopened was decided before
    LIMIT 1
) AS decided ON a.status IN ('cancelled', 'no_show')
CROSS JOIN LATERAL (SELECT CASE
    WHEN (a.status IN ('cancelled', 'no_show')) <> (a.fee_cents IS NOT NULL)
      OR (a.fee_cents IS NULL) <> (a.refund_cents IS NULL)
        THEN format('is %%s with fee %%s and refund %%s', a.status,
                    coalesce(a.fee_cents::text, 'empty'), coalesce(a.refund_cents::text, 'empty'))
    WHEN a.fee_cents IS NULL THEN NULL
    WHEN a.fee_cents < 0 OR a.refund_cents < 0 OR a.fee_cents + a.refund_cents <> a.price_cents
        THEN format('fee %%s and refund %%s do not make up the price %%s', a.fee_cents,
                    a.refund_cents, a.price_cents)
    WHEN a.fee_waived AND a.fee_cents <> 0 THEN 'the fee was waived, yet it is not 0'
    WHEN a.fee_waived THEN NULL
    WHEN a.status = 'no_show' AND a.fee_cents <> least(a.price_cents, a.no_show_fee_cents)
        THEN format('missed: the fee is %%s, by the policy it is %%s', a.fee_cents,
                    least(a.price_cents, a.no_show_fee_cents))
    WHEN a.status = 'no_show' THEN NULL
    WHEN a.fee_cents NOT IN (0, late_fee(a))
        THEN format('cancelled: the fee is %%s, by the policy it is 0 or %%s', a.fee_cents,
                    late_fee(a))
    WHEN a.fee_cents <> 0 AND (decided.previous_status = 'requested'
                               OR decided.at < a.refundable_until)
        THEN format('cancelled in time, yet the fee is %%s', a.fee_cents)
    WHEN a.fee_cents <> late_fee(a) AND decided.previous_status = 'confirmed'
         AND decided.at > a.refundable_until + interval '30 seconds'
        THEN format('cancelled late, yet the fee is %%s', a.fee_cents)
    END) AS w (what)
WHERE a.id BETWEEN %(first)s AND %(last)s AND w.what IS NOT NULL;

-- name: late_cancel_costs
-- I9: until when cancelling is free never got later by an act of the client, nor did the price fall by
-- one; it is never later than the policy says, and where history does not speak of it (it was booked
-- before that was recorded) it is what the policy says.
SELECT a.id, w.what
FROM appointments AS a
LEFT JOIN LATERAL (
    SELECT min(e.version) FILTER (
            WHERE e.actor_type = 'user' AND e.version > 1
              AND ((e.changes -> 'refundableUntil' ->> 'to')::timestamptz
                   > (e.changes -> 'refundableUntil' ->> 'from')::timestamptz
                   OR (e.changes -> 'priceCents' ->> 'to')::integer
                   < (e.changes -> 'priceCents' ->> 'from')::integer)) AS lowered_in,
        bool_or(e.changes ? 'refundableUntil') AS is_told
    FROM appointment_audit AS e
    WHERE e.appointment_id = a.id
) AS h ON true
CROSS JOIN LATERAL (
    SELECT a.start_at - a.free_until_hours * interval '1 hour'
) AS p (until)
CROSS JOIN LATERAL (SELECT CASE
    WHEN h.lowered_in IS NOT NULL
        THEN format('its client made cancelling it cheaper (entry %%s)', h.lowered_in)
    WHEN a.refundable_until > p.until
        THEN format('is free to cancel until %%s, by the policy until %%s', a.refundable_until, p.until)
    WHEN h.is_told IS FALSE AND a.refundable_until <> p.until
        THEN format('is free to cancel until %%s, which history does not explain', a.refundable_until)
    END) AS w (what)
WHERE a.id BETWEEN %(first)s AND %(last)s AND w.what IS NOT NULL;
