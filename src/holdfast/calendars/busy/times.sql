-- What busy times mean for slots: asked by who publishes, withdraws and changes them. The import stands in
-- import.sql and apply.sql. docs/calendars.md, "Busy times", has the argument.

-- When a provider is busy within a period, by all of its connections.
CREATE OR REPLACE FUNCTION provider_busy_times(
    p_provider_id uuid, p_from timestamptz, p_to timestamptz
) RETURNS tstzmultirange
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(range_agg(b.during), '{}')
    FROM busy_times AS b
    WHERE uuidrange(b.provider_id, b.provider_id, '[]') = uuidrange(p_provider_id, p_provider_id, '[]')
      AND b.during && tstzrange(p_from, p_to)
$$;

-- Whether a calendar blocks this slot, and nobody has touched it since.
CREATE OR REPLACE FUNCTION is_blocked_by_calendar(s slots) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT s.status = 'blocked' AND EXISTS (
        SELECT FROM busy_blocks AS b WHERE b.slot_id = s.id AND b.slot_version = s.version)
$$;

-- Staff want these slots as they are: while their times are busy no import changes them. The caller holds
-- the calendar and the slots.
CREATE OR REPLACE FUNCTION leave_to_staff(p_slot_ids uuid[]) RETURNS void
LANGUAGE sql VOLATILE AS $$
    INSERT INTO busy_blocks (slot_id, provider_id, slot_version)
    SELECT s.id, s.provider_id, 0
    FROM slots AS s
    WHERE s.id = ANY (p_slot_ids) AND s.deleted_at IS NULL AND EXISTS (
        SELECT FROM busy_times AS b
        WHERE uuidrange(b.provider_id, b.provider_id, '[]')
                  = uuidrange(s.provider_id, s.provider_id, '[]')
          AND b.during && s.during)
    ORDER BY s.id
    ON CONFLICT (slot_id) DO UPDATE SET slot_version = 0
$$;
