-- Links in mails, what was done through one, and reminders (docs/notifications.md).

-- Part of what a mail's link is signed over: a new password makes all earlier links void.
ALTER TABLE users ADD COLUMN links_version integer NOT NULL DEFAULT 1;

-- How the actor came: `link` for who followed a mail's link and did not sign in. Entries without it are
-- hashed as they always were.
ALTER TABLE appointment_audit ADD COLUMN via text
    CONSTRAINT appointment_audit_via_check CHECK (via IN ('link'));

-- The times before the start at which somebody is reminded, in minutes, and up to which start the
-- reminders of each have been looked for. Locking a row is the lease of that pass. The row 0 belongs to
-- the second look, which goes around.
CREATE TABLE reminder_passes (
    minutes      integer PRIMARY KEY
        CONSTRAINT reminder_passes_minutes_check CHECK (minutes = 0 OR minutes BETWEEN 15 AND 10080),
    passed_until timestamptz  -- NULL: not begun
);
INSERT INTO reminder_passes (minutes) VALUES (0);
