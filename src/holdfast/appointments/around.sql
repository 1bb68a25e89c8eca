-- What stands around appointments (SPEC 4.5): their client's contact data, comments.

-- An appointment's document as it is sent to this actor: for staff with the client's contact data.
-- Made when it is read, so that neither events nor history nor kept answers have that data in them.
CREATE OR REPLACE FUNCTION shown_document(p_actor jsonb, p_document json, u users) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_actor ->> 'role' = 'client' THEN p_document::text
        ELSE staff_text(p_document, u) END
$$;

CREATE OR REPLACE FUNCTION staff_text(p_document json, u users) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT left(p_document::text, -1) || ', "client" : ' || json_build_object(
        'name', u.name, 'phone', u.phone, 'email', u.email)::text || '}'
$$;

-- The documents of staff's lists, to be joined: as appointment_documents().
CREATE OR REPLACE FUNCTION staff_documents(a appointments) RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
    SELECT staff_text(appointment_document(a, u, p, f, sv), u)
    FROM users AS u, services AS sv,
         providers AS p LEFT JOIN facilities AS f ON f.id = a.facility_id
    WHERE u.id = a.user_id AND sv.id = a.service_id AND p.id = a.provider_id
$$;

-- The same, called.
CREATE OR REPLACE FUNCTION staff_document(a appointments) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT d FROM staff_documents(a) AS d
$$;

-- When the links to an appointment end: 30 days after it is over, wherever it is moved to.
CREATE OR REPLACE FUNCTION shares_end(a appointments) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT a.end_at + interval '30 days'
$$;

-- A comment as the API shows it.
CREATE OR REPLACE FUNCTION comment_document(c appointment_comments, p_author_name text)
RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_build_object(
        'id', c.id, 'appointmentId', c.appointment_id,
        'author', json_build_object('id', c.author_id, 'name', p_author_name),
        'body', c.body, 'createdAt', wire_time(c.created_at))
$$;
