-- Triggers of history, policies, and the agreement of slots and appointments (docs/audit.md).
--
-- Applied when this file changes, for making a trigger locks out the table's writers for a moment. A
-- constraint trigger cannot be replaced: it is made where it is absent, and a changed one gets a new name.

CREATE OR REPLACE TRIGGER appointments_free_until BEFORE INSERT ON appointments
    FOR EACH ROW EXECUTE FUNCTION set_refundable_until();
CREATE OR REPLACE TRIGGER appointments_policy BEFORE UPDATE ON appointments
    FOR EACH ROW EXECUTE FUNCTION keep_policy();
CREATE OR REPLACE TRIGGER appointments_record BEFORE INSERT OR UPDATE ON appointments
    FOR EACH ROW EXECUTE FUNCTION record_appointment_change();
CREATE OR REPLACE TRIGGER slots_record BEFORE INSERT OR UPDATE ON slots
    FOR EACH ROW EXECUTE FUNCTION record_slot_change();

CREATE OR REPLACE TRIGGER appointment_audit_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON appointment_audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER slot_audit_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON slot_audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER appointments_stay BEFORE DELETE OR TRUNCATE ON appointments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER slots_stay BEFORE DELETE OR TRUNCATE ON slots
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE appointments ENABLE ALWAYS TRIGGER appointments_policy;
ALTER TABLE appointments ENABLE ALWAYS TRIGGER appointments_free_until;
ALTER TABLE appointment_audit ENABLE ALWAYS TRIGGER appointment_audit_append_only;
ALTER TABLE slot_audit ENABLE ALWAYS TRIGGER slot_audit_append_only;
ALTER TABLE appointments ENABLE ALWAYS TRIGGER appointments_record;
ALTER TABLE appointments ENABLE ALWAYS TRIGGER appointments_stay;
ALTER TABLE slots ENABLE ALWAYS TRIGGER slots_record;
ALTER TABLE slots ENABLE ALWAYS TRIGGER slots_stay;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'slots'::regclass AND tgname = 'slots_agreement') THEN
        CREATE CONSTRAINT TRIGGER slots_agreement AFTER UPDATE ON slots
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN (OLD.status = 'booked' OR NEW.status = 'booked')
            EXECUTE FUNCTION check_slot_agreement();
        ALTER TABLE slots ENABLE ALWAYS TRIGGER slots_agreement;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'slots'::regclass AND tgname = 'slots_agreement_on_insert') THEN
        CREATE CONSTRAINT TRIGGER slots_agreement_on_insert AFTER INSERT ON slots
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'booked')
            EXECUTE FUNCTION check_slot_agreement();
        ALTER TABLE slots ENABLE ALWAYS TRIGGER slots_agreement_on_insert;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'appointments'::regclass AND tgname = 'appointments_agreement') THEN
        CREATE CONSTRAINT TRIGGER appointments_agreement AFTER INSERT OR UPDATE ON appointments
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_slot_agreement();
        ALTER TABLE appointments ENABLE ALWAYS TRIGGER appointments_agreement;
    END IF;
END
$$;
