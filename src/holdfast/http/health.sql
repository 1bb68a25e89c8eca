-- Statements of the health checks.

-- name: applied_scripts
-- A few dozen rows; takes no lock that anything waits for.
SELECT name FROM schema_scripts;
