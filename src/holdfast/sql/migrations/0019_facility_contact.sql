-- How a facility is reached, and the language and country whose customs its letters follow (SPEC 4.2).
ALTER TABLE facilities
    ADD COLUMN email  text,
    ADD COLUMN phone  text,
    ADD COLUMN locale text;
