-- Slots, reservations and appointments: the core (SPEC §3, I1, I4, I5).
--
-- The slot row is the point at which everything that takes or frees time meets: whoever changes a
-- slot, a reservation of it or its appointment locks the slot row first.

-- A range of one point stands for equality inside EXCLUDE, so that no extension is needed.
CREATE TYPE uuidrange AS RANGE (subtype = uuid);

CREATE TYPE slot_status AS ENUM ('available', 'held', 'booked', 'blocked');
CREATE TYPE reservation_status AS ENUM ('live', 'used', 'released', 'expired');
CREATE TYPE appointment_status AS ENUM (
    'requested', 'confirmed', 'completed', 'no_show', 'cancelled'
);
CREATE TYPE appointment_priority AS ENUM ('normal', 'vip', 'urgent');

CREATE TABLE slots (
    id              uuid PRIMARY KEY,
    provider_id     uuid NOT NULL REFERENCES providers (id),
    facility_id     uuid NOT NULL REFERENCES facilities (id),
    service_id      uuid REFERENCES services (id),  -- NULL: for any service of the provider
    start_at        timestamptz NOT NULL,
    end_at          timestamptz NOT NULL,
    status          slot_status NOT NULL DEFAULT 'available',
    held_until      timestamptz,
    reservation_id  uuid,
    appointment_id  uuid,
    version         integer NOT NULL DEFAULT 1,
    audit_hash      bytea,  -- the head of this slot's audit chain
    -- Who makes this change, where one statement makes those of several people: the trigger that
    -- writes history takes it from here instead of the transaction, and stores NULL.
    acting          jsonb,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at      timestamptz,
    during          tstzrange GENERATED ALWAYS AS (tstzrange(start_at, end_at, '[)')) STORED,
    -- Indexes look at this column, never at `status`: taking and freeing a slot then changes no
    -- indexed column, and the update stays on its page (HOT).
    is_open         boolean GENERATED ALWAYS AS (
        status <> 'blocked' AND deleted_at IS NULL
    ) STORED NOT NULL,
    CONSTRAINT slots_provider_key UNIQUE (id, provider_id),
    CONSTRAINT slots_period_check CHECK (
        isfinite(start_at) AND isfinite(end_at)
        AND start_at < end_at AND end_at - start_at <= interval '1 day'
    ),
    CONSTRAINT slots_held_check CHECK (
        (status = 'held') = (held_until IS NOT NULL)
        AND (status = 'held') = (reservation_id IS NOT NULL)
    ),
    CONSTRAINT slots_booked_check CHECK ((status = 'booked') = (appointment_id IS NOT NULL)),
    CONSTRAINT slots_deleted_check CHECK (
        deleted_at IS NULL OR status IN ('available', 'blocked')
    ),
    CONSTRAINT slots_overlap_excl EXCLUDE USING gist (
        uuidrange(provider_id, provider_id, '[]') WITH =, during WITH &&
    ) WHERE (is_open)
) WITH (fillfactor = 75);
CREATE INDEX slots_provider_start_idx ON slots (provider_id, start_at) WHERE deleted_at IS NULL;
-- What staff withdrew is not published again from the schedule.
CREATE INDEX slots_deleted_idx ON slots (provider_id, start_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX slots_start_idx ON slots (start_at, id) WHERE deleted_at IS NULL;
CREATE INDEX slots_facility_start_idx ON slots (facility_id, start_at, id)
    WHERE deleted_at IS NULL;

CREATE TABLE reservations (
    id              uuid PRIMARY KEY,
    slot_id         uuid NOT NULL,
    provider_id     uuid NOT NULL,
    service_id      uuid NOT NULL REFERENCES services (id),
    user_id         uuid NOT NULL REFERENCES users (id),
    created_by      uuid NOT NULL REFERENCES users (id),
    status          reservation_status NOT NULL DEFAULT 'live',
    extensions      smallint NOT NULL DEFAULT 0,
    ttl_seconds     smallint NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at      timestamptz NOT NULL,
    closed_at       timestamptz,
    CONSTRAINT reservations_slot_fkey FOREIGN KEY (slot_id, provider_id)
        REFERENCES slots (id, provider_id),
    CONSTRAINT reservations_closed_check CHECK ((status = 'live') = (closed_at IS NULL)),
    CONSTRAINT reservations_expires_check CHECK (expires_at > created_at),
    CONSTRAINT reservations_extensions_check CHECK (extensions BETWEEN 0 AND 2),
    CONSTRAINT reservations_ttl_check CHECK (ttl_seconds BETWEEN 1 AND 300)
) WITH (fillfactor = 90);
-- At most one live reservation of a slot, by constraint (I1).
CREATE UNIQUE INDEX reservations_slot_key ON reservations (slot_id) WHERE status = 'live';
CREATE INDEX reservations_user_idx ON reservations (user_id) WHERE status = 'live';
CREATE INDEX reservations_expires_idx ON reservations (expires_at) WHERE status = 'live';

ALTER TABLE slots ADD CONSTRAINT slots_reservation_fkey
    FOREIGN KEY (reservation_id) REFERENCES reservations (id);

CREATE TABLE appointments (
    id                  uuid PRIMARY KEY,
    user_id             uuid NOT NULL REFERENCES users (id),
    provider_id         uuid NOT NULL REFERENCES providers (id),
    facility_id         uuid REFERENCES facilities (id),  -- a request need not name one
    service_id          uuid NOT NULL REFERENCES services (id),
    slot_id             uuid,
    start_at            timestamptz NOT NULL,
    end_at              timestamptz NOT NULL,
    status              appointment_status NOT NULL,
    priority            appointment_priority NOT NULL DEFAULT 'normal',
    price_cents         integer NOT NULL,
    currency            text NOT NULL,
    -- The cancellation policy in force at booking (I9); see appointments_policy_trigger.
    free_until_hours    integer NOT NULL,
    late_fee_cents      integer,
    late_fee_percent    integer,
    no_show_fee_cents   integer NOT NULL,
    -- Decided once, when it is cancelled or missed.
    fee_cents           integer,
    refund_cents        integer,
    fee_waived          boolean NOT NULL DEFAULT false,
    notes               text,
    client_confirmed_at timestamptz,
    version             integer NOT NULL DEFAULT 1,
    audit_hash          bytea,  -- the head of this appointment's audit chain
    created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at          timestamptz,
    during              tstzrange GENERATED ALWAYS AS (tstzrange(start_at, end_at, '[)')) STORED,
    is_live             boolean GENERATED ALWAYS AS (
        status IN ('confirmed', 'completed') AND deleted_at IS NULL
    ) STORED NOT NULL,
    CONSTRAINT appointments_slot_fkey FOREIGN KEY (slot_id, provider_id)
        REFERENCES slots (id, provider_id),
    CONSTRAINT appointments_period_check CHECK (
        isfinite(start_at) AND isfinite(end_at)
        AND start_at < end_at AND end_at - start_at <= interval '1 day'
    ),
    -- A live appointment names its slot; one that has freed it does not. A deleted one remembers
    -- its slot so that it can be restored.
    CONSTRAINT appointments_slot_check CHECK (
        deleted_at IS NOT NULL OR (status IN ('confirmed', 'completed')) = (slot_id IS NOT NULL)
    ),
    CONSTRAINT appointments_facility_check CHECK (slot_id IS NULL OR facility_id IS NOT NULL),
    CONSTRAINT appointments_fee_check CHECK (
        (fee_cents IS NULL) = (refund_cents IS NULL)
        AND fee_cents >= 0 AND refund_cents >= 0
        AND (fee_cents IS NULL OR status IN ('cancelled', 'no_show'))
        AND (status NOT IN ('cancelled', 'no_show') OR fee_cents IS NOT NULL)
    ),
    CONSTRAINT appointments_overlap_excl EXCLUDE USING gist (
        uuidrange(provider_id, provider_id, '[]') WITH =, during WITH &&
    ) WHERE (is_live)
) WITH (fillfactor = 85);
-- A slot has at most one live appointment, by constraint (I1, I4).
CREATE UNIQUE INDEX appointments_slot_key ON appointments (slot_id) WHERE is_live;
CREATE INDEX appointments_user_start_idx ON appointments (user_id, start_at, id);
CREATE INDEX appointments_provider_start_idx ON appointments (provider_id, start_at, id);
CREATE INDEX appointments_start_idx ON appointments (start_at, id);

ALTER TABLE slots ADD CONSTRAINT slots_appointment_fkey
    FOREIGN KEY (appointment_id) REFERENCES appointments (id);
