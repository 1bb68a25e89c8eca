-- What a delivery may become, and whether it still says something true (docs/deliveries.md, "States").

CREATE OR REPLACE FUNCTION delivery_step_is_allowed(p_from text, p_to text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_from
        WHEN 'pending' THEN p_to IN ('pending', 'sending', 'superseded', 'expired', 'suppressed')
        WHEN 'sending' THEN p_to IN ('sending', 'pending', 'sent', 'dead', 'uncertain')
        WHEN 'uncertain' THEN p_to IN ('uncertain', 'pending', 'sent', 'delivered', 'dead')
        WHEN 'sent' THEN p_to IN ('delivered', 'bounced')
        ELSE false END
$$;

CREATE OR REPLACE FUNCTION guard_delivery() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v_told deliveries := OLD;
BEGIN
    IF NOT delivery_step_is_allowed(OLD.state, NEW.state) THEN
        RAISE EXCEPTION 'a delivery does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deliveries_step_check';
    END IF;
    IF NEW.settled_at IS NOT NULL THEN
        NEW.sealed := NULL;
    END IF;
    IF OLD.settled_at IS NOT NULL THEN
        -- Only what a receipt tells may be added.
        v_told.state := NEW.state;
        v_told.reason := NEW.reason;
        v_told.receipt_id := NEW.receipt_id;
        v_told.settled_at := NEW.settled_at;
        IF v_told IS DISTINCT FROM NEW THEN
            RAISE EXCEPTION 'a settled delivery does not change'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'deliveries_step_check';
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION guard_removed_delivery() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.settled_at IS NULL THEN
        RAISE EXCEPTION 'a delivery that is % is not removed', OLD.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deliveries_step_check';
    END IF;
    RETURN OLD;
END
$$;

CREATE OR REPLACE FUNCTION guard_new_delivery() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state NOT IN ('pending', 'suppressed') THEN
        RAISE EXCEPTION 'a delivery does not begin as %', NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deliveries_step_check';
    END IF;
    RETURN NEW;
END
$$;

-- Why a delivery must not be handed over any more; NULL while it says something true.
CREATE OR REPLACE FUNCTION delivery_objection(d deliveries) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN d.channel = 'webhook' THEN
            CASE WHEN d.purpose <> 'test' AND NOT EXISTS (
                SELECT FROM webhook_endpoints AS w
                WHERE w.id = d.endpoint_id AND w.state = 'enabled' AND w.deleted_at IS NULL)
            THEN 'endpoint_disabled' END
        WHEN d.channel = 'caldav' THEN
            CASE WHEN NOT connection_is_pushing(d.connection_id) THEN 'not_configured' END
        WHEN d.purpose = 'phone_code' THEN
            CASE WHEN NOT phone_code_is_open(d) THEN 'newer' END
        WHEN d.channel = 'sms' AND NOT phone_is_verified(d.user_id) THEN 'no_address'
        WHEN d.appointment_id IS NULL THEN NULL
        ELSE (
            SELECT CASE d.purpose
                WHEN 'reminder' THEN CASE
                    WHEN a.status <> 'confirmed' OR a.deleted_at IS NOT NULL
                        OR a.start_at <> d.start_at THEN 'cancelled'
                    WHEN a.start_at <= clock_timestamp() THEN 'past'
                    WHEN EXISTS (
                        SELECT FROM notification_settings AS n WHERE n.user_id = d.user_id
                          AND NOT coalesce((n.settings -> d.channel ->> 'reminders')::boolean, true))
                        THEN 'preference' END
                WHEN 'requested' THEN CASE
                    WHEN a.status <> 'requested' OR a.deleted_at IS NOT NULL THEN 'newer' END
                WHEN 'confirmed' THEN CASE
                    WHEN a.status = 'cancelled' OR a.deleted_at IS NOT NULL THEN 'cancelled' END
                WHEN 'rescheduled' THEN CASE
                    WHEN a.status = 'cancelled' OR a.deleted_at IS NOT NULL THEN 'cancelled' END
                WHEN 'cancelled' THEN CASE
                    WHEN a.status <> 'cancelled' AND a.deleted_at IS NULL THEN 'newer' END
                WHEN 'no_show' THEN CASE WHEN a.status <> 'no_show' THEN 'newer' END
            END
            FROM appointments AS a WHERE a.id = d.appointment_id)
        END
$$;

-- How long to wait after the n-th failure; NULL: there is no further try (SPEC-deliveries §2, "Tries").
CREATE OR REPLACE FUNCTION delivery_delay(p_channel text, p_failures integer) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_channel
        WHEN 'email' THEN ('{30 s,2 min,10 min,30 min,1 h,2 h,4 h,8 h}'::interval[])[p_failures]
        WHEN 'sms' THEN ('{15 s,1 min,5 min,15 min}'::interval[])[p_failures]
        WHEN 'push' THEN ('{30 s,5 min,30 min}'::interval[])[p_failures]
        WHEN 'webhook' THEN
            ('{5 s,1 min,5 min,30 min,2 h,6 h,12 h,24 h,24 h}'::interval[])[p_failures]
        WHEN 'caldav' THEN
            ('{30 s,2 min,10 min,1 h,6 h}'::interval[])[least(p_failures, 5)]
        END
$$;

-- When a delivery that is due then has lost its sense (SPEC-deliveries §2, "Tries").
CREATE OR REPLACE FUNCTION delivery_expiry(
    p_channel text, p_purpose text, p_due timestamptz, p_start timestamptz
) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_channel
        WHEN 'email' THEN CASE
            WHEN p_purpose IN ('cancelled', 'no_show') THEN p_due + interval '48 hours'
            WHEN p_purpose = 'password_reset' THEN p_due + interval '30 minutes'
            ELSE least(p_due + interval '24 hours', p_start) END
        WHEN 'sms' THEN CASE
            WHEN p_purpose = 'phone_code' THEN p_due + interval '10 minutes'
            ELSE least(p_due + interval '2 hours', p_start) END
        WHEN 'push' THEN least(p_due + interval '24 hours', p_start)
        ELSE p_due + interval '72 hours' END
$$;
