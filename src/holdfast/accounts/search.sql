-- One search for people, wherever they are looked for (SPEC 4.5, `q`). What is kept of a user
-- (user_search.words) and what is asked for (search_query) pass through the same functions, and
-- nothing else folds letters. A word is found by its beginning, in any order of words.
--
-- A change of how words are made needs a higher number in search_form(): migrating makes all anew.

-- The form of the words that are kept.
CREATE OR REPLACE FUNCTION search_form() RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 1::smallint $$;

-- A text with its letters folded: small, without accents, compatible forms as one. Apostrophes and
-- hyphens become ' and -. The server may run in the C locale, whose lower() knows ASCII only.
-- p_spelled: ä ö ü ø å are written ae oe ue oe aa, as people do who have no such keys; otherwise
-- they lose their marks.
CREATE OR REPLACE FUNCTION search_text(p_text text, p_spelled boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    v_text text := translate(p_text, '`´‘’‛′ʹʻʼʽ՚＇‐‑‒–—―−', '''''''''''''''''''''''''-------');
BEGIN
    IF octet_length(v_text) = char_length(v_text) THEN
        RETURN lower(v_text);
    END IF;
    v_text := translate(lower(normalize(v_text, NFKD)),
        'ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςЂЄЅІЈЉЊЋЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩ'
        'ЪЫЬЭЮЯҐҚҢҮҰҲӘӨԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖıđĐðÐłŁ'
        'ħĦŧŦŋŊØ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹',
        'αβγδεζηθικλμνξοπρστυφχψωσђєѕіјљњћџабвгдежзийклмнопрстуфхцчшщ'
        'ъыьэюяґқңүұҳәөաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆiddddll'
        'hhttnnø01234567890123456789');
    v_text := replace(replace(replace(replace(replace(replace(replace(replace(v_text,
        'ß', 'ss'), 'ẞ', 'ss'), 'æ', 'ae'), 'Æ', 'ae'), 'œ', 'oe'), 'Œ', 'oe'), 'þ', 'th'), 'Þ', 'th');
    IF p_spelled THEN
        v_text := replace(replace(replace(replace(replace(v_text,
            E'a\u0308', 'ae'), E'o\u0308', 'oe'), E'u\u0308', 'ue'), 'ø', 'oe'), E'a\u030A', 'aa');
    END IF;
    -- Accents, points of Hebrew and Arabic, and what is not seen.
    v_text := regexp_replace(replace(v_text, 'ø', 'o'),
        '[\u0300-\u036F\u0591-\u05C7\u0640\u064B-\u065F\u0670\u00AD\u200B-\u200F\u2060\uFE00-\uFE0F\uFEFF]',
        '', 'g');
    -- Han names are written without spaces: each of their signs is a word.
    RETURN regexp_replace(v_text, '([\u3400-\u4DBF\u4E00-\u9FFF])', ' \1 ', 'g');
END
$$;

-- The words of a folded text: what stands between spaces and punctuation. A word's first 60
-- characters suffice.
CREATE OR REPLACE FUNCTION search_split(p_text text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    v_words text[] := array_remove(regexp_split_to_array(p_text,
        '[\u0001-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00BF\u00D7\u00F7\u1680\u2000-\u206F'
        '\u2E00-\u2E7F\u3000-\u303F]+'), '');
BEGIN
    IF length(p_text) <= 60 THEN
        RETURN v_words;
    END IF;
    RETURN array(SELECT left(w, 60) FROM unnest(v_words) AS w);
END
$$;

-- A name or an address as one text with all its readings: D'Arcy-Müller is found as darcymuller,
-- d arcy muller, and with ue.
CREATE OR REPLACE FUNCTION search_readings(p_text text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    v_text text := search_text(p_text, false);
BEGIN
    IF octet_length(p_text) > char_length(p_text) THEN
        v_text := v_text || ' ' || search_text(p_text, true);
    END IF;
    IF v_text ~ '[''-]' THEN
        v_text := v_text || ' ' || translate(v_text, '''-', '');
    END IF;
    RETURN v_text;
END
$$;

-- The digits of a telephone number that count: without the zeros that are dialled before it.
CREATE OR REPLACE FUNCTION phone_digits(p_phone text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ltrim(regexp_replace(replace(p_phone, '(0)', ''), '[^0-9]', '', 'g'), '0')
$$;

-- The same without the country's code, where the number begins with + or 00.
CREATE OR REPLACE FUNCTION phone_national(p_phone text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN btrim(p_phone) ~ '^[( ]*(\+|00)'
        THEN ltrim(regexp_replace(phone_digits(p_phone),
            '^(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]'
            || '|(2[1-689]|3[578]|42|5[09]|6[789]|8[035789]|9[679])[0-9])', ''), '0')
        ELSE phone_digits(p_phone) END
$$;

-- By what a user is found: words of name and address; the number from its end (#) as people say
-- the last digits of one, and from its beginning (=).
CREATE OR REPLACE FUNCTION search_words(
    p_name text, p_email text, p_phone text, p_phone_e164 text
) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    v_words  text[] := search_split(search_readings(concat_ws(' ', p_name, p_email)));
    v_number text := coalesce(p_phone_e164, p_phone);
BEGIN
    IF phone_digits(v_number) <> '' THEN
        v_words := v_words || ('#' || reverse(phone_digits(v_number)))
            || ('=' || phone_national(v_number));
    END IF;
    RETURN array_to_tsvector(v_words);
END
$$;

-- All of these words, each as the beginning of one, as a part of a tsquery; NULL for none.
-- (search_split() leaves neither quotes nor backslashes in a word.)
CREATE OR REPLACE FUNCTION search_beginnings(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT '(' || string_agg(DISTINCT '''' || w || ''':*', ' & ') || ')'
    FROM unnest(search_split(p_text)) AS w
$$;

-- Any reading of a token: its parts, or all of it without apostrophes and hyphens.
CREATE OR REPLACE FUNCTION search_readings_of(p_plain text, p_spelled text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(DISTINCT r, ' | ')
    FROM unnest(ARRAY[
        search_beginnings(p_plain), search_beginnings(translate(p_plain, '''-', '')),
        search_beginnings(p_spelled), search_beginnings(translate(p_spelled, '''-', ''))]) AS r
$$;

-- A number: the last digits of one, the first ones of one, or as words; NULL for an empty text.
CREATE OR REPLACE FUNCTION search_number(p_number text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(r, ' | ')
    FROM unnest(ARRAY[
        search_beginnings(p_number),
        CASE WHEN length(phone_digits(p_number)) >= 3
            THEN '''#' || reverse(phone_digits(p_number)) || ''':*' END,
        CASE WHEN length(phone_national(p_number)) >= 3
            THEN '''=' || phone_national(p_number) || ''':*' END]) AS r
$$;

-- This very number, given in E.164: of whoever has it so, or has it without the country's code from
-- before there was users.phone_e164.
CREATE OR REPLACE FUNCTION search_exact(p_phone text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT '''#' || reverse(phone_digits(p_phone)) || ''' | ''#'
        || reverse(phone_national(p_phone)) || ''''
$$;

-- What q asks for; NULL when there is no word in it, which finds nothing. Groups of digits in a row
-- may be one number. p_phone: the number that the whole of q is, in E.164.
CREATE OR REPLACE FUNCTION search_query(p_text text, p_phone text) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    -- The same tokens by both readings: folding adds and takes away no space but around Han signs.
    v_plain   text[] := regexp_split_to_array(search_text(p_text, false), '\s+');
    v_spelled text[] := regexp_split_to_array(search_text(p_text, true), '\s+');
    v_number  text := '';
    v_wanted  text[] := '{}';
    v_query   text;
BEGIN
    FOR i IN 1 .. cardinality(v_plain) LOOP
        IF v_plain[i] ~ '^[+(/]*[0-9][0-9()./+-]*$' THEN
            v_number := v_number || v_plain[i] || ' ';
        ELSE
            v_wanted := v_wanted || search_number(v_number)
                || search_readings_of(v_plain[i], v_spelled[i]);
            v_number := '';
        END IF;
    END LOOP;
    v_wanted := v_wanted || search_number(v_number);
    SELECT string_agg(DISTINCT '(' || w || ')', ' & ') INTO v_query FROM unnest(v_wanted) AS w;
    IF p_phone IS NOT NULL THEN
        v_query := concat_ws(' | ', v_query, search_exact(p_phone));
    END IF;
    RETURN v_query::tsquery;
END
$$;

-- Keeps the words of a user that was made or changed.
CREATE OR REPLACE FUNCTION keep_search_words() RETURNS trigger
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO user_search (user_id, form, words)
    VALUES (NEW.id, search_form(),
            search_words(NEW.name, NEW.email, NEW.phone, NEW.phone_e164))
    ON CONFLICT (user_id) DO UPDATE SET form = excluded.form, words = excluded.words;
    RETURN NULL;
END
$$;

-- Makes the words of all users who have none of this form; returns of how many.
CREATE OR REPLACE FUNCTION fill_user_search() RETURNS bigint
LANGUAGE sql VOLATILE AS $$
    WITH made AS (
        INSERT INTO user_search (user_id, form, words)
        SELECT u.id, search_form(), search_words(u.name, u.email, u.phone, u.phone_e164)
        FROM users AS u
        WHERE NOT EXISTS (
            SELECT FROM user_search AS s WHERE s.user_id = u.id AND s.form = search_form())
        ON CONFLICT (user_id) DO UPDATE SET form = excluded.form, words = excluded.words
        RETURNING 1
    )
    SELECT count(*) FROM made
$$;
SELECT fill_user_search();
