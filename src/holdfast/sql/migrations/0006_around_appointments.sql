-- What stands around appointments (SPEC 4.5): shares, comments, and ways to find them.

CREATE TABLE appointment_shares (
    id             uuid PRIMARY KEY,
    appointment_id uuid NOT NULL REFERENCES appointments (id),
    secret_hash    bytea NOT NULL CONSTRAINT appointment_shares_secret_key UNIQUE,
    created_by     uuid NOT NULL REFERENCES users (id),
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at     timestamptz
);
CREATE INDEX appointment_shares_appointment_idx ON appointment_shares (appointment_id)
    WHERE revoked_at IS NULL;

CREATE TABLE appointment_comments (
    id             uuid PRIMARY KEY,
    appointment_id uuid NOT NULL REFERENCES appointments (id),
    author_id      uuid NOT NULL REFERENCES users (id),
    body           text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX appointment_comments_appointment_idx
    ON appointment_comments (appointment_id, created_at, id);

-- The request inbox: urgent, vip, normal, then the oldest first.
CREATE INDEX appointments_requests_idx ON appointments (priority DESC, created_at, id)
    WHERE status = 'requested' AND deleted_at IS NULL;
CREATE INDEX appointments_provider_requests_idx
    ON appointments (provider_id, priority DESC, created_at, id)
    WHERE status = 'requested' AND deleted_at IS NULL;

-- Staff's lists of one status.
CREATE INDEX appointments_status_start_idx ON appointments (status, start_at, id)
    WHERE deleted_at IS NULL;
CREATE INDEX appointments_provider_status_start_idx
    ON appointments (provider_id, status, start_at, id) WHERE deleted_at IS NULL;

-- The words by which a user is found: of name, address and number, in small letters without
-- accents (the server may run in the C locale, whose lower() knows ASCII only), and the number once
-- more without its separators. search_query() folds what is looked for in the same way.
ALTER TABLE users ADD COLUMN search_words tsvector GENERATED ALWAYS AS (
    array_to_tsvector(array_remove(regexp_split_to_array(
        translate(lower(
            name || ' ' || email || ' ' || coalesce(phone, '') || ' '
            || regexp_replace(coalesce(phone, ''), '[^0-9]', '', 'g')),
            -- Looking each letter up is slow, and plain ones need it not.
            CASE WHEN octet_length(name || email) > length(name || email) THEN
                'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝàáâãäåçèéêëìíîïðñòóôõöøùúûüýÿĀāĂăĄąĆćĈĉĊċČ'
                'čĎďĐđĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİıĴĵĶķĹĺĻļĽľŁłŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞ'
                'şŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžΆΈΉΊΌΎΏΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫάέήίΰϊ'
                'ϋόύώЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ'
            ELSE '' END,
            'aaaaaaceeeeiiiidnoooooouuuuyaaaaaaceeeeiiiidnoooooouuuuyyaaaaaaccccccc'
            'cddddeeeeeeeeeegggggggghhiiiiiiiiiijjkkllllllllnnnnnnoooooorrrrrrsssss'
            'sssttttuuuuuuuuuuuuwwyyyzzzzzzαεηιουωιαβγδεζηθικλμνξοπρστυφχψωιυαεηιυι'
            'υουωѐёђѓєѕіїјљњћќѝўџабвгдежзийклмнопрстуфхцчшщъыьэюя'),
        '[\s@.,;:+()/''"_-]+'), ''))
) STORED;
CREATE INDEX users_search_idx ON users USING gin (search_words);

-- What a write of an appointment answers: `outcome` says how it went, `appointment` is the row as
-- it is now, `lock` the edit lock in the way, `wanted` the slot that was asked for.
CREATE TYPE appointment_result AS (
    outcome      text,
    appointment  appointments,
    lock         jsonb,
    lock_version integer,
    wanted       slots
);
