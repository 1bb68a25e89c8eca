-- The history of all appointments by time, for the audit search and the booking analytics.
--
-- It takes the place of an index by actor that no statement used, so that a change costs what it did
-- before; entries come in the order of time, which keeps the new index dense. A search by actor or
-- action filters what it passes, within a bounded walk.
DROP INDEX appointment_audit_actor_idx;
CREATE INDEX appointment_audit_at_idx ON appointment_audit (at, id);
