-- What can be booked, with whom and where (SPEC 4.2). Rows are hidden, never deleted: history
-- goes on naming them. `changed_before` is when the version before this one was made: an
-- If-Unmodified-Since has whole seconds, and two changes may share one (check_preconditions).

CREATE TABLE facilities (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    timezone    text NOT NULL,
    address     text,
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_before timestamptz,
    deleted_at  timestamptz
);
CREATE INDEX facilities_name_idx ON facilities (name, id) WHERE deleted_at IS NULL;

CREATE TABLE services (
    id                    uuid PRIMARY KEY,
    title                 text NOT NULL,
    description           text,
    duration_minutes      integer NOT NULL,
    buffer_before_minutes integer NOT NULL DEFAULT 0,
    buffer_after_minutes  integer NOT NULL DEFAULT 0,
    price_cents           integer NOT NULL,
    currency              text NOT NULL,
    -- The cancellation policy; an appointment keeps a copy of the one it was booked under (I9).
    free_until_hours      integer NOT NULL DEFAULT 0,
    late_fee_cents        integer,
    late_fee_percent      integer,
    no_show_fee_cents     integer NOT NULL DEFAULT 0,
    is_active             boolean NOT NULL DEFAULT true,
    version               integer NOT NULL DEFAULT 1,
    created_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_before        timestamptz,
    deleted_at            timestamptz,
    CONSTRAINT services_duration_check CHECK (duration_minutes BETWEEN 1 AND 1440),
    CONSTRAINT services_buffers_check CHECK (
        buffer_before_minutes BETWEEN 0 AND 1440 AND buffer_after_minutes BETWEEN 0 AND 1440
    ),
    CONSTRAINT services_price_check CHECK (price_cents >= 0),
    CONSTRAINT services_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT services_policy_check CHECK (
        free_until_hours BETWEEN 0 AND 8760
        AND (late_fee_cents IS NULL OR late_fee_percent IS NULL)
        AND late_fee_cents >= 0 AND late_fee_percent BETWEEN 0 AND 100
        AND no_show_fee_cents >= 0
    )
);
CREATE INDEX services_title_idx ON services (title, id) WHERE deleted_at IS NULL;

CREATE TABLE providers (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    bio         text,
    timezone    text NOT NULL,
    is_active   boolean NOT NULL DEFAULT true,
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_before timestamptz,
    deleted_at  timestamptz
);
CREATE INDEX providers_name_idx ON providers (name, id) WHERE deleted_at IS NULL;

CREATE TABLE provider_facilities (
    provider_id uuid NOT NULL REFERENCES providers (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    PRIMARY KEY (provider_id, facility_id)
);
CREATE INDEX provider_facilities_facility_idx ON provider_facilities (facility_id);

CREATE TABLE provider_services (
    provider_id uuid NOT NULL REFERENCES providers (id),
    service_id  uuid NOT NULL REFERENCES services (id),
    PRIMARY KEY (provider_id, service_id)
);
CREATE INDEX provider_services_service_idx ON provider_services (service_id);

-- The schedule as it was put, in the wire's own shape; slots are generated from it.
CREATE TABLE schedules (
    provider_id  uuid PRIMARY KEY REFERENCES providers (id),
    weekly       jsonb NOT NULL DEFAULT '[]',
    breaks       jsonb NOT NULL DEFAULT '[]',
    exceptions   jsonb NOT NULL DEFAULT '[]',
    slot_minutes integer NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_before timestamptz,
    CONSTRAINT schedules_slot_minutes_check CHECK (slot_minutes BETWEEN 5 AND 1440)
);

ALTER TABLE users
    ADD CONSTRAINT users_provider_fkey FOREIGN KEY (provider_id) REFERENCES providers (id);
CREATE INDEX users_provider_idx ON users (provider_id) WHERE provider_id IS NOT NULL;
