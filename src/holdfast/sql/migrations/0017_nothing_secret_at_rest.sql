-- Nothing that is kept gives a secret away (docs/adr/0017-kept-answers-are-sealed.md).

-- Whether `headers` and `body` are sealed with the server's key: http/idempotency.py.
ALTER TABLE idempotency_records ADD COLUMN is_sealed boolean NOT NULL DEFAULT false;

-- Answers kept by earlier versions that hold a token or a link's secret. Their keys stay taken, so that
-- no effect happens twice, but the answers cannot be given again. What opens nothing is refused.
UPDATE idempotency_records SET is_sealed = true, headers = '{}', body = ''
WHERE position('"reservationToken"'::bytea IN body) > 0 OR position('"secret"'::bytea IN body) > 0;

-- The log of users' actions kept tokens in paths.
UPDATE user_actions
SET target = regexp_replace(target, '^(/api/v1/(?:reservations|shared))/[^/]+', '\1/{token}')
WHERE target LIKE '/api/v1/reservations/%' OR target LIKE '/api/v1/shared/%';
