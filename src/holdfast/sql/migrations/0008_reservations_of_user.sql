-- A user's live reservations, counted at every reserve (SPEC 4.4).
--
-- The index says "live" in its own words (reservations_closed_check makes them the same), so that
-- no other index serves that query. While most reservations of the statistics are over, all indexes
-- of live ones look empty and cost the same; the planner then took the one on expires_at, and each
-- reserve read everybody's.
DROP INDEX reservations_user_idx;
CREATE INDEX reservations_user_idx ON reservations (user_id) WHERE closed_at IS NULL;
