-- Webhook endpoints: who is told of events by POST (docs/webhooks.md).
--
-- Lock order: the endpoints' advisory lock (only to add one), then the endpoint's row, then its lane.

-- How an endpoint has been doing for seven days.
CREATE OR REPLACE FUNCTION endpoint_health(p_id uuid) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'status', CASE
            WHEN l.state <> 'open' THEN 'stopped'
            WHEN l.paused_until IS NOT NULL THEN 'paused'
            WHEN l.failing_since IS NOT NULL THEN 'failing'
            WHEN d.sent > 0 THEN 'healthy'
            ELSE 'idle' END,
        'sent', d.sent, 'failed', d.failed,
        'successRate', CASE WHEN d.sent + d.failed > 0
            THEN round(d.sent::numeric / (d.sent + d.failed), 4) END,
        'waiting', (SELECT count(*) FROM (
            SELECT FROM deliveries AS w WHERE w.lane = l.id AND w.state = 'pending' LIMIT 10000) AS n),
        'failingSince', wire_time(l.failing_since), 'pausedUntil', wire_time(l.paused_until))
    FROM lanes AS l, (
        SELECT coalesce(sum(n.sent), 0) AS sent, coalesce(sum(n.failed), 0) AS failed
        FROM webhook_days AS n
        WHERE n.endpoint_id = p_id AND n.day > (clock_timestamp() AT TIME ZONE 'UTC')::date - 7
    ) AS d
    WHERE l.id = 'webhook:' || p_id
$$;

CREATE OR REPLACE FUNCTION endpoint_document(w webhook_endpoints) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', w.id, 'url', w.url, 'types', w.types, 'providerIds', w.provider_ids,
        'facilityIds', w.facility_ids, 'description', w.description, 'state', w.state,
        'disabledReason', w.disabled_reason,
        'previousSecretUntil', wire_time(CASE WHEN w.previous_until > clock_timestamp()
            THEN w.previous_until END),
        'health', endpoint_health(w.id), 'createdAt', wire_time(w.created_at),
        'updatedAt', wire_time(w.updated_at), 'version', w.version)
$$;

-- {field: ids} of providers and facilities that there are not; NULL: all are there.
CREATE OR REPLACE FUNCTION unknown_endpoint_filters(p_provider_ids uuid[], p_facility_ids uuid[])
RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_object_agg(field, ids) FROM (
        SELECT 'providerIds' AS field, array_agg(i) AS ids FROM unnest(p_provider_ids) AS i
        WHERE NOT EXISTS (SELECT FROM providers AS p WHERE p.id = i)
        UNION ALL
        SELECT 'facilityIds', array_agg(i) FROM unnest(p_facility_ids) AS i
        WHERE NOT EXISTS (SELECT FROM facilities AS f WHERE f.id = i)
    ) AS u WHERE ids IS NOT NULL
$$;

-- Adds an endpoint and its lane. Outcomes: created, too_many, unknown (with `unknown`).
--
-- Two that are added at the same time wait for each other by the advisory lock, and the second counts
-- the first: fifty are fifty.
CREATE OR REPLACE FUNCTION create_webhook_endpoint(
    p_id uuid, p_values jsonb, p_secret_sealed bytea, p_limit integer,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz,
    OUT unknown json
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    w webhook_endpoints := jsonb_populate_record(NULL::webhook_endpoints, p_values);
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('webhook_endpoints', 0));
    unknown := unknown_endpoint_filters(w.provider_ids, w.facility_ids);
    outcome := CASE
        WHEN (SELECT count(*) FROM webhook_endpoints AS x WHERE x.deleted_at IS NULL) >= p_limit
            THEN 'too_many'
        WHEN unknown IS NOT NULL THEN 'unknown' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO webhook_endpoints (id, url, types, provider_ids, facility_ids, description, secret_sealed)
    VALUES (p_id, w.url, w.types, w.provider_ids, w.facility_ids, w.description, p_secret_sealed)
    RETURNING * INTO w;
    PERFORM ensure_lane('webhook:' || w.id, 'webhook');
    outcome := 'created';
    document := endpoint_document(w);
    version := w.version;
    updated_at := w.updated_at;
END
$$;

-- Locks the row, compares the precondition with it, then sets the fields that p_changes names.
-- Outcomes: changed (also when nothing differs), not_found, unknown, or of check_preconditions.
CREATE OR REPLACE FUNCTION change_webhook_endpoint(
    p_id uuid, p_precondition jsonb, p_changes jsonb,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz,
    OUT unknown json
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    w webhook_endpoints;
BEGIN
    SELECT * INTO w FROM webhook_endpoints AS x
    WHERE x.id = p_id AND x.deleted_at IS NULL FOR NO KEY UPDATE;
    outcome := CASE
        WHEN w.id IS NULL THEN 'not_found'
        ELSE check_preconditions(p_precondition, w.version, w.updated_at, w.changed_before) END;
    IF outcome IS NULL THEN
        w := jsonb_populate_record(w, p_changes);
        unknown := unknown_endpoint_filters(w.provider_ids, w.facility_ids);
        IF unknown IS NOT NULL THEN
            outcome := 'unknown';
            RETURN;
        END IF;
        UPDATE webhook_endpoints AS x
        SET url = w.url, types = w.types, provider_ids = w.provider_ids,
            facility_ids = w.facility_ids, description = w.description
        WHERE x.id = p_id
        RETURNING x.* INTO w;
        outcome := 'changed';
    END IF;
    document := endpoint_document(w);
    version := w.version;
    updated_at := w.updated_at;
END
$$;

-- Hides an endpoint and forgets its secrets; what waits for it is suppressed as it is claimed.
-- Outcomes: deleted, not_found, or of check_preconditions.
CREATE OR REPLACE FUNCTION delete_webhook_endpoint(
    p_id uuid, p_precondition jsonb, OUT outcome text, OUT document json
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    w webhook_endpoints;
BEGIN
    SELECT * INTO w FROM webhook_endpoints AS x
    WHERE x.id = p_id AND x.deleted_at IS NULL FOR NO KEY UPDATE;
    outcome := CASE
        WHEN w.id IS NULL THEN 'not_found'
        ELSE check_preconditions(p_precondition, w.version, w.updated_at, w.changed_before) END;
    IF outcome IS NOT NULL THEN
        document := endpoint_document(w);
        RETURN;
    END IF;
    UPDATE webhook_endpoints SET
        deleted_at = clock_timestamp(), secret_sealed = '', previous_secret_sealed = NULL,
        previous_until = NULL
    WHERE id = p_id;
    PERFORM reopen_webhook_lane(p_id);
    outcome := 'deleted';
END
$$;

-- What was wrong with an endpoint's lane is forgotten: what waits there is looked at, now.
CREATE OR REPLACE FUNCTION reopen_webhook_lane(p_id uuid) RETURNS void
LANGUAGE sql VOLATILE AS $$
    UPDATE lanes SET failures = 0, pause_seconds = NULL, paused_until = NULL, is_probing = false,
                     failing_since = NULL
    WHERE id = 'webhook:' || p_id
$$;

-- Enables or disables an endpoint. Nothing is planned for one that is disabled; what waits for it is
-- suppressed as it is claimed. Outcomes: changed (also when it was so already), not_found.
--
-- p_reason: why it is disabled; NULL enables.
CREATE OR REPLACE FUNCTION switch_webhook_endpoint(
    p_id uuid, p_reason text,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_state text := CASE WHEN p_reason IS NULL THEN 'enabled' ELSE 'disabled' END;
    w webhook_endpoints;
BEGIN
    SELECT * INTO w FROM webhook_endpoints AS x
    WHERE x.id = p_id AND x.deleted_at IS NULL FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    IF w.state <> v_state THEN
        UPDATE webhook_endpoints AS x SET state = v_state, disabled_reason = p_reason
        WHERE x.id = p_id RETURNING x.* INTO w;
        PERFORM reopen_webhook_lane(p_id);
    END IF;
    outcome := 'changed';
    document := endpoint_document(w);
    version := w.version;
    updated_at := w.updated_at;
END
$$;

-- A new secret; the former one signs besides it until then. Outcomes: rotated, rotation_open (the one
-- before it still signs), not_found.
CREATE OR REPLACE FUNCTION rotate_webhook_secret(
    p_id uuid, p_secret_sealed bytea, p_overlap_hours integer,
    OUT outcome text, OUT previous_until timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    w webhook_endpoints;
BEGIN
    SELECT * INTO w FROM webhook_endpoints AS x
    WHERE x.id = p_id AND x.deleted_at IS NULL FOR NO KEY UPDATE;
    outcome := CASE
        WHEN w.id IS NULL THEN 'not_found'
        WHEN w.previous_until > clock_timestamp() THEN 'rotation_open'
        ELSE 'rotated' END;
    previous_until := w.previous_until;
    IF outcome = 'rotated' THEN
        previous_until := CASE WHEN p_overlap_hours > 0
            THEN clock_timestamp() + make_interval(hours => p_overlap_hours) END;
        UPDATE webhook_endpoints AS x SET
            secret_sealed = p_secret_sealed,
            previous_secret_sealed = CASE WHEN p_overlap_hours > 0 THEN w.secret_sealed END,
            previous_until = rotate_webhook_secret.previous_until
        WHERE x.id = p_id;
    END IF;
END
$$;
