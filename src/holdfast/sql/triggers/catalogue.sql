-- Triggers of accounts and the catalogue: versions, search words, calendars to lay out again, shown names.
--
-- Applied when this file changes, for making a trigger locks out the table's writers for a moment. A
-- constraint trigger cannot be replaced: it is made where it is absent, and a changed one gets a new name.

CREATE OR REPLACE TRIGGER facilities_count BEFORE UPDATE ON facilities
    FOR EACH ROW EXECUTE FUNCTION count_change();
CREATE OR REPLACE TRIGGER services_count BEFORE UPDATE ON services
    FOR EACH ROW EXECUTE FUNCTION count_change();
CREATE OR REPLACE TRIGGER providers_count BEFORE UPDATE ON providers
    FOR EACH ROW EXECUTE FUNCTION count_change();
CREATE OR REPLACE TRIGGER schedules_count BEFORE UPDATE ON schedules
    FOR EACH ROW EXECUTE FUNCTION count_change();
CREATE OR REPLACE TRIGGER providers_mark AFTER UPDATE ON providers
    FOR EACH ROW WHEN (OLD.timezone IS DISTINCT FROM NEW.timezone)
    EXECUTE FUNCTION mark_calendar_of_provider();
CREATE OR REPLACE TRIGGER services_mark AFTER UPDATE ON services
    FOR EACH ROW WHEN (
        (OLD.duration_minutes, OLD.buffer_before_minutes, OLD.buffer_after_minutes)
        IS DISTINCT FROM (NEW.duration_minutes, NEW.buffer_before_minutes, NEW.buffer_after_minutes))
    EXECUTE FUNCTION mark_calendars_of_service();
CREATE OR REPLACE TRIGGER provider_facilities_mark_new AFTER INSERT ON provider_facilities
    REFERENCING NEW TABLE AS changed_links
    FOR EACH STATEMENT EXECUTE FUNCTION mark_calendars_of_links();
CREATE OR REPLACE TRIGGER provider_facilities_mark_old AFTER DELETE ON provider_facilities
    REFERENCING OLD TABLE AS changed_links
    FOR EACH STATEMENT EXECUTE FUNCTION mark_calendars_of_links();
CREATE OR REPLACE TRIGGER provider_services_mark_new AFTER INSERT ON provider_services
    REFERENCING NEW TABLE AS changed_links
    FOR EACH STATEMENT EXECUTE FUNCTION mark_calendars_of_links();
CREATE OR REPLACE TRIGGER provider_services_mark_old AFTER DELETE ON provider_services
    REFERENCING OLD TABLE AS changed_links
    FOR EACH STATEMENT EXECUTE FUNCTION mark_calendars_of_links();
-- Made after the first filling, because that takes a fraction of the time.
DO $$
BEGIN
    IF to_regclass('user_search_words_idx') IS NULL THEN
        CREATE INDEX user_search_words_idx ON user_search USING gin (words);
    END IF;
END
$$;
CREATE OR REPLACE TRIGGER users_search AFTER INSERT OR UPDATE OF name, email, phone, phone_e164
    ON users FOR EACH ROW EXECUTE FUNCTION keep_search_words();

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'users'::regclass AND tgname = 'users_shown_name') THEN
        CREATE CONSTRAINT TRIGGER users_shown_name AFTER UPDATE OF name ON users
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION count_shown_name();
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'providers'::regclass AND tgname = 'providers_shown_name') THEN
        CREATE CONSTRAINT TRIGGER providers_shown_name AFTER UPDATE OF name, timezone ON providers
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN ((OLD.name, OLD.timezone) IS DISTINCT FROM (NEW.name, NEW.timezone))
            EXECUTE FUNCTION count_shown_name();
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'services'::regclass AND tgname = 'services_shown_name') THEN
        CREATE CONSTRAINT TRIGGER services_shown_name AFTER UPDATE OF title ON services
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN (OLD.title IS DISTINCT FROM NEW.title) EXECUTE FUNCTION count_shown_name();
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'facilities'::regclass AND tgname = 'facilities_shown_name') THEN
        CREATE CONSTRAINT TRIGGER facilities_shown_name AFTER UPDATE OF name, address, timezone ON facilities
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN ((OLD.name, OLD.address, OLD.timezone) IS DISTINCT FROM (NEW.name, NEW.address, NEW.timezone))
            EXECUTE FUNCTION count_shown_name();
    END IF;
END
$$;
