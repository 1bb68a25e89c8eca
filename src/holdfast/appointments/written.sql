-- The document of an appointment, from the change to the answer.

-- The document of what this transaction has just written, so that the answer need not make it again:
-- 40 of the 1,100 µs that a booking takes.
CREATE OR REPLACE FUNCTION keep_document(p_id uuid, p_version integer, p_document text) RETURNS text
LANGUAGE sql VOLATILE AS $$
    SELECT set_config('holdfast.document', p_id || ':' || p_version || ':' || p_document, true)
$$;

-- The document of an appointment that this transaction may have written.
CREATE OR REPLACE FUNCTION written_document(a appointments) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_kept text := current_setting('holdfast.document', true);
    v_head text := a.id || ':' || a.version || ':';
BEGIN
    IF starts_with(v_kept, v_head) THEN
        RETURN substr(v_kept, length(v_head) + 1);
    END IF;
    RETURN appointment_document(a);
END
$$;
