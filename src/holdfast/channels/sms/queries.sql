-- Statements of the sender of SMS.

-- name: take_turn
-- In how many seconds the next message of the lane may go.
SELECT take_lane_turn(%(lane)s, %(seconds)s) AS seconds;
