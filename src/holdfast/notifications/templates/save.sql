-- Saving and dropping a house's own words (docs/mail.md).

-- Puts a template. All writers take the same lock of the table first, so that of two first ones the second
-- finds the first, and the limit is never passed; readers do not wait for it. What does not exist yet has
-- version 0 and matches no tag but that one.
-- Outcomes: created, replaced (also when nothing differs), not_found (no such facility), too_many, or of
-- check_preconditions.
CREATE OR REPLACE FUNCTION put_message_template(
    p_precondition jsonb, p_purpose text, p_channel text, p_locale text, p_facility_id uuid,
    p_subject text, p_text text, p_html text, p_limit integer,
    OUT outcome text, OUT template message_templates
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    t message_templates;
BEGIN
    LOCK TABLE message_templates IN SHARE ROW EXCLUSIVE MODE;
    SELECT * INTO t FROM message_templates AS x
    WHERE x.purpose = p_purpose AND x.channel = p_channel AND x.locale = p_locale
      AND x.facility_id IS NOT DISTINCT FROM p_facility_id;
    template := t;
    outcome := CASE
        WHEN p_facility_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM facilities AS f WHERE f.id = p_facility_id AND f.deleted_at IS NULL)
            THEN 'not_found'
        WHEN t.purpose IS NOT NULL THEN
            check_preconditions(p_precondition, t.version, t.updated_at, t.changed_before)
        WHEN p_precondition ->> 'ifMatch' IS NOT NULL AND NOT (p_precondition -> 'ifMatch' ? '0')
            THEN 'precondition_failed'
        WHEN (p_precondition ->> 'version')::integer <> 0 THEN 'version_conflict'
        WHEN (SELECT count(*) FROM message_templates) >= p_limit THEN 'too_many' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    outcome := CASE WHEN t.purpose IS NULL THEN 'created' ELSE 'replaced' END;
    IF (t.subject, t.text, t.html) IS NOT DISTINCT FROM (p_subject, p_text, p_html) THEN
        RETURN;
    END IF;
    INSERT INTO message_templates AS x (purpose, channel, locale, facility_id, subject, text, html)
    VALUES (p_purpose, p_channel, p_locale, p_facility_id, p_subject, p_text, p_html)
    ON CONFLICT ON CONSTRAINT message_templates_key DO UPDATE SET
        subject = excluded.subject, text = excluded.text, html = excluded.html,
        version = x.version + 1, changed_before = x.updated_at, updated_at = clock_timestamp()
    RETURNING x.* INTO template;
END
$$;

-- Drops a template: the words of the house, or the built-in ones, are in force again. Locks as
-- put_message_template().
-- Outcomes: deleted, not_found, or of check_preconditions.
CREATE OR REPLACE FUNCTION delete_message_template(
    p_precondition jsonb, p_purpose text, p_channel text, p_locale text, p_facility_id uuid,
    OUT outcome text, OUT template message_templates
)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    LOCK TABLE message_templates IN SHARE ROW EXCLUSIVE MODE;
    SELECT * INTO template FROM message_templates AS x
    WHERE x.purpose = p_purpose AND x.channel = p_channel AND x.locale = p_locale
      AND x.facility_id IS NOT DISTINCT FROM p_facility_id;
    outcome := CASE
        WHEN template.purpose IS NULL THEN 'not_found'
        ELSE check_preconditions(p_precondition, template.version, template.updated_at,
                                 template.changed_before) END;
    IF outcome IS NULL THEN
        DELETE FROM message_templates AS x
        WHERE x.purpose = p_purpose AND x.channel = p_channel AND x.locale = p_locale
          AND x.facility_id IS NOT DISTINCT FROM p_facility_id;
        outcome := 'deleted';
    END IF;
END
$$;
