-- What the server's role may do: work, but neither write history nor remove what it speaks of.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM holdfast_server;
GRANT USAGE ON SCHEMA public TO holdfast_server;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO holdfast_server;
GRANT INSERT ON
    users, facilities, services, providers, schedules, slots, appointments, appointment_shares,
    edit_locks, user_search
    TO holdfast_server;
-- What a reservation promises stays as it was made.
GRANT INSERT, UPDATE (status, extensions, expires_at, closed_at) ON reservations
    TO holdfast_server;
-- What a row is, and since when, is never written again: history speaks of it. The columns that may
-- change are all others, so that a new one needs no line here.
DO $$
DECLARE
    v_table text;
    v_fixed text[];
    v_columns text;
BEGIN
    FOR v_table, v_fixed IN VALUES
        ('users', '{id,created_at}'::text[]), ('facilities', '{id,created_at}'),
        ('services', '{id,created_at}'), ('providers', '{id,created_at}'),
        ('schedules', '{provider_id,created_at}'),
        ('slots', '{id,provider_id,created_at}'), ('appointments', '{id,user_id,created_at}'),
        ('appointment_shares', '{id,appointment_id,secret_hash,created_by,created_at}'),
        ('edit_locks', '{appointment_id}'), ('user_search', '{user_id}'),
        ('lanes', '{id,created_at}'), ('webhook_endpoints', '{id,created_at}'),
        ('calendar_connections', '{id,provider_id,created_at}')
    LOOP
        SELECT string_agg(quote_ident(a.attname), ', ') INTO v_columns
        FROM pg_attribute AS a
        WHERE a.attrelid = v_table::regclass AND a.attnum > 0 AND NOT a.attisdropped
          AND a.attgenerated = '' AND a.attname <> ALL (v_fixed);
        EXECUTE format('GRANT UPDATE (%s) ON %I TO holdfast_server', v_columns, v_table);
    END LOOP;
END
$$;
GRANT INSERT, UPDATE, DELETE ON
    refresh_tokens, sign_ins, sign_in_failures, password_resets, throttle_windows,
    idempotency_records, provider_facilities, provider_services, stale_calendars
    TO holdfast_server;
GRANT INSERT, DELETE ON user_actions, outbox TO holdfast_server;
GRANT UPDATE (position) ON outbox TO holdfast_server;
GRANT UPDATE ON relay TO holdfast_server;
GRANT INSERT, UPDATE, DELETE ON channels TO holdfast_server;
GRANT INSERT, DELETE ON channel_events TO holdfast_server;
-- To lock what is pruned.
GRANT UPDATE (at) ON channel_events TO holdfast_server;
GRANT INSERT ON appointment_comments, edit_lock_history TO holdfast_server;
GRANT UPDATE ON pusher_bridge TO holdfast_server;
GRANT UPDATE (position, gaps, gaps_told) ON consumers TO holdfast_server;
GRANT UPDATE (kind, publisher, lease_until) ON bus TO holdfast_server;
GRANT INSERT, UPDATE ON consumer_offsets TO holdfast_server;
GRANT INSERT, DELETE ON planned_ahead TO holdfast_server;
GRANT INSERT, DELETE ON deliveries TO holdfast_server;
GRANT UPDATE (state, reason, sealed, due_at, tries, worker, claimed_at, lease_until, handed_over_at,
              receipt_id, sent_at, settled_at)
    ON deliveries TO holdfast_server;
-- What was tried is never written again; it goes with its delivery when that is old.
GRANT INSERT ON delivery_attempts TO holdfast_server;
GRANT INSERT ON lanes, webhook_endpoints, calendar_connections TO holdfast_server;
GRANT DELETE ON lanes TO holdfast_server;
GRANT INSERT, UPDATE, DELETE ON channel_addresses, notification_settings, message_templates TO holdfast_server;
GRANT INSERT, DELETE ON received_webhooks TO holdfast_server;
GRANT INSERT, UPDATE, DELETE ON push_subscriptions TO holdfast_server;
GRANT INSERT, DELETE ON calendar_feeds TO holdfast_server;
GRANT INSERT, UPDATE ON reminder_passes TO holdfast_server;
GRANT INSERT, UPDATE, DELETE ON webhook_days TO holdfast_server;
GRANT INSERT, DELETE, UPDATE (href, etag, sequence, version, content_hash, start_at, end_at,
                              has_theirs, removed_there_at, pushed_at)
    ON calendar_objects TO holdfast_server;
GRANT INSERT, UPDATE, DELETE ON busy_times, busy_imports, busy_blocks, busy_marks, busy_skips
    TO holdfast_server;
