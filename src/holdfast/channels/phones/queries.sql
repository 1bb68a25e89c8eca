-- Statements about telephone numbers.

-- name: number_of
-- The number in a profile, and what is known of it.
SELECT u.phone, u.phone_e164, c.state
FROM users AS u
LEFT JOIN channel_addresses AS c
    ON c.user_id = u.id AND c.channel = 'sms' AND c.address = u.phone_e164
WHERE u.id = %(user_id)s AND u.is_active;

-- name: send_phone_code
-- Locks the user's row, then what is known of the number, then the message with the former code.
SELECT outcome, state, expires_at
FROM send_phone_code(%(user_id)s, %(phone)s, %(number)s, %(delivery_id)s, %(code_hash)s, %(sealed)s,
                     %(can_send)s);

-- name: check_phone_code
-- Locks the user's row, then what is known of the number.
SELECT outcome, tries_left FROM check_phone_code(%(user_id)s, %(hashes)s, %(tries)s);

-- name: number_to_send_to
-- Where a message goes: to the number that is proved, or the code to the number that it proves.
SELECT c.address
FROM channel_addresses AS c
JOIN users AS u ON u.id = c.user_id AND u.phone_e164 = c.address AND u.is_active
WHERE c.user_id = %(user_id)s AND c.channel = 'sms'
  AND (c.state = 'verified' OR c.code_delivery_id = %(delivery_id)s);

-- name: stop_number
-- The gateway says that the person wants no SMS any more.
UPDATE channel_addresses SET state = 'stopped', changed_at = clock_timestamp()
WHERE user_id = %(user_id)s AND channel = 'sms' AND address = %(number)s AND state <> 'stopped';
