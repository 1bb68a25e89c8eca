-- What the server's role may do: work, but neither write history nor remove what it speaks of.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM holdfast_server;
GRANT USAGE ON SCHEMA public TO holdfast_server;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO holdfast_server;
GRANT INSERT, UPDATE ON
    users, facilities, services, providers, schedules, slots, appointments, appointment_shares,
    edit_locks
    TO holdfast_server;
-- What a reservation promises stays as it was made.
GRANT INSERT, UPDATE (status, extensions, expires_at, closed_at) ON reservations
    TO holdfast_server;
GRANT INSERT, UPDATE, DELETE ON
    refresh_tokens, sessions, password_resets, throttle_windows, idempotency_records,
    provider_facilities, provider_services
    TO holdfast_server;
GRANT INSERT, DELETE ON user_actions, outbox TO holdfast_server;
GRANT UPDATE (position) ON outbox TO holdfast_server;
GRANT UPDATE ON relay TO holdfast_server;
GRANT INSERT, UPDATE, DELETE ON channels, channel_events TO holdfast_server;
GRANT INSERT ON appointment_comments, edit_lock_history TO holdfast_server;
GRANT UPDATE ON pusher_bridge TO holdfast_server;
