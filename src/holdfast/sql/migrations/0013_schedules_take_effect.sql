-- Schedules take effect (SPEC 4.2): slots know where they came from, and calendars that have to be
-- laid out again are remembered until that is done.

-- staff: published or moved by hand; the schedule never touches it.
-- schedule: published from the schedule, which has it.
-- surplus: published from the schedule, which lacks it now; it goes as soon as nobody has it.
-- withdrawn: taken away because the schedule lacked it; it comes back when the schedule has it again.
CREATE TYPE slot_origin AS ENUM ('staff', 'schedule', 'surplus', 'withdrawn');

-- NULL: published before this column was there. The next look at the calendar decides
-- (adopt_slots()); no row has to be written now.
ALTER TABLE slots ADD COLUMN origin slot_origin;
ALTER TABLE slots ALTER COLUMN origin SET DEFAULT 'staff';
-- In no index: marking a held or booked slot as surplus stays a HOT update.
ALTER TABLE slots ADD CONSTRAINT slots_origin_check CHECK (
    (origin IS DISTINCT FROM 'withdrawn' OR deleted_at IS NOT NULL)
    AND (origin IS DISTINCT FROM 'surplus'
         OR deleted_at IS NULL AND status IN ('held', 'booked'))
);

-- Providers whose slots may differ from what their schedule says: written by the change that made
-- it so, in its transaction; removed when the slots are laid out.
CREATE TABLE stale_calendars (
    provider_id uuid PRIMARY KEY REFERENCES providers (id),
    first_day   date,  -- days before it are done already
    due_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX stale_calendars_due_idx ON stale_calendars (due_at);

-- Until now a schedule had no effect on what was published before it was put.
INSERT INTO stale_calendars (provider_id) SELECT s.provider_id FROM schedules AS s;
