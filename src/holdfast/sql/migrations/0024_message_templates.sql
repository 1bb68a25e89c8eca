-- A house's own words for messages can be changed by several people (docs/mail.md).

-- When the version before this one was made (http/functions.sql, check_preconditions).
ALTER TABLE message_templates ADD COLUMN changed_before timestamptz;
-- A template that speaks of a facility goes with its lists.
CREATE INDEX message_templates_facility_idx ON message_templates (facility_id)
    WHERE facility_id IS NOT NULL;
