-- Bookings answer like all other writes of an appointment, and a write with its idempotency key is
-- one call (appointments/gathered.sql).

DROP FUNCTION IF EXISTS book_reservation(jsonb, uuid, uuid, text, text);
DROP FUNCTION IF EXISTS book_directly(
    jsonb, uuid, uuid, uuid, uuid, uuid, timestamptz, timestamptz, text, text, text);

-- What a write comes to: an answer (http_status, headers, body), or why there is none, as read_result()
-- says it.
CREATE TYPE appointment_answer AS (
    http_status      smallint,
    headers          jsonb,
    body             text,
    outcome          text,
    document         json,
    id               uuid,
    version          integer,
    updated_at       timestamptz,
    status           text,
    provider_id      uuid,
    service_id       uuid,
    start_at         timestamptz,
    end_at           timestamptz,
    fee_cents        integer,
    refund_cents     integer,
    lock             jsonb,
    lock_version     integer,
    slot_document    json,
    slot_start       timestamptz,
    slot_end         timestamptz,
    slot_provider_id uuid
);
