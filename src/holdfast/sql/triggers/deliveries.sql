-- Triggers of deliveries, webhook endpoints and calendar connections (docs/deliveries.md).
--
-- Applied when this file changes, for making a trigger locks out the table's writers for a moment. A
-- constraint trigger cannot be replaced: it is made where it is absent, and a changed one gets a new name.

CREATE OR REPLACE TRIGGER deliveries_guard BEFORE UPDATE ON deliveries
    FOR EACH ROW EXECUTE FUNCTION guard_delivery();
CREATE OR REPLACE TRIGGER deliveries_guard_new BEFORE INSERT ON deliveries
    FOR EACH ROW EXECUTE FUNCTION guard_new_delivery();
CREATE OR REPLACE TRIGGER deliveries_guard_removed BEFORE DELETE ON deliveries
    FOR EACH ROW EXECUTE FUNCTION guard_removed_delivery();
CREATE OR REPLACE TRIGGER delivery_attempts_append_only
    BEFORE UPDATE OR TRUNCATE ON delivery_attempts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE deliveries ENABLE ALWAYS TRIGGER deliveries_guard;
ALTER TABLE deliveries ENABLE ALWAYS TRIGGER deliveries_guard_new;
ALTER TABLE deliveries ENABLE ALWAYS TRIGGER deliveries_guard_removed;
ALTER TABLE delivery_attempts ENABLE ALWAYS TRIGGER delivery_attempts_append_only;

CREATE OR REPLACE TRIGGER delivery_attempts_count
    AFTER INSERT ON delivery_attempts REFERENCING NEW TABLE AS tried
    FOR EACH STATEMENT EXECUTE FUNCTION count_webhook_tries();
CREATE OR REPLACE TRIGGER webhook_endpoints_count BEFORE UPDATE ON webhook_endpoints
    FOR EACH ROW EXECUTE FUNCTION count_change();

-- A version is of what people set; where the import stands and how the server does are shown besides.
CREATE OR REPLACE TRIGGER calendar_connections_count
    BEFORE UPDATE OF url, name, username, password_sealed, push, busy, deleted_at ON calendar_connections
    FOR EACH ROW EXECUTE FUNCTION count_change();
CREATE OR REPLACE TRIGGER calendar_connections_drop_busy AFTER UPDATE ON calendar_connections
    FOR EACH ROW
    WHEN (OLD.busy AND OLD.deleted_at IS NULL AND (NOT NEW.busy OR NEW.deleted_at IS NOT NULL))
    EXECUTE FUNCTION drop_busy_times();
