-- Lists of deliveries by any of state, channel and purpose, and counts by them, from one index: who
-- asks for fewer of the three asks for each of the others' values (deliveries/find.sql).
CREATE INDEX deliveries_kind_idx ON deliveries (state, channel, purpose, number);
DROP INDEX deliveries_state_idx;
