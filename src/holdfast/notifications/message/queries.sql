-- Statements of what a message says.

-- name: facts
-- A person, and an appointment as it is now, if the message is about one. `locale`: the person's, else
-- the place's, else that of most places.
SELECT u.id AS user_id, u.email, u.name AS user_name, u.is_active, u.timezone AS user_timezone,
       u.phone_e164, u.links_version,
       coalesce(n.settings ->> 'locale', f.locale, (
           SELECT x.locale FROM facilities AS x WHERE x.deleted_at IS NULL AND x.locale IS NOT NULL
           GROUP BY x.locale ORDER BY count(*) DESC, x.locale LIMIT 1), 'en') AS locale,
       coalesce((n.settings ->> 'showDetails')::boolean, false) AS shows_details,
       c.state AS address_state,
       a.id AS appointment_id, a.user_id = u.id AS is_client, a.start_at, a.end_at, a.status::text,
       a.deleted_at, a.price_cents, a.currency, a.fee_cents, a.refund_cents, a.created_at, a.updated_at,
       coalesce(f.timezone, p.timezone) AS timezone, k.name AS client_name,
       sv.title AS service_title, p.name AS provider_name, f.id AS facility_id,
       f.name AS facility_name, f.address AS facility_address, f.email AS facility_email,
       f.phone AS facility_phone,
       CASE WHEN a.id IS NOT NULL THEN calendar_sequence(a.id, a.version) END AS sequence
FROM users AS u
LEFT JOIN notification_settings AS n ON n.user_id = u.id
LEFT JOIN channel_addresses AS c
    ON c.user_id = u.id AND c.channel = 'email' AND c.address = lower(u.email)
LEFT JOIN appointments AS a ON a.id = %(appointment_id)s
LEFT JOIN users AS k ON k.id = a.user_id
LEFT JOIN services AS sv ON sv.id = a.service_id
LEFT JOIN providers AS p ON p.id = a.provider_id
LEFT JOIN facilities AS f ON f.id = a.facility_id
WHERE u.id = %(user_id)s;

-- name: changes
-- What was otherwise when this person was last told by this channel: of each field the first value
-- that was replaced since. Without an earlier message: since before the event itself.
WITH told AS (
    SELECT coalesce(
        (SELECT max(e.version) FROM appointment_audit AS e
         WHERE e.appointment_id = %(appointment_id)s AND e.at <= (
            SELECT max(d.handed_over_at) FROM deliveries AS d
            WHERE d.appointment_id = %(appointment_id)s AND d.user_id = %(user_id)s
              AND d.channel = %(channel)s AND d.id <> %(delivery_id)s
              AND d.state IN ('sent', 'delivered', 'uncertain'))),
        (SELECT (o.payload ->> 'version')::integer - 1 FROM outbox AS o
         WHERE o.position = %(position)s), 1) AS version
), first_values AS (
    SELECT DISTINCT ON (c.field) c.field, c.value ->> 'from' AS before
    FROM told, appointment_audit AS e CROSS JOIN LATERAL jsonb_each(e.changes) AS c (field, value)
    WHERE e.appointment_id = %(appointment_id)s AND e.version > told.version
      AND c.field IN ('start', 'end', 'providerId', 'facilityId', 'serviceId')
    ORDER BY c.field, e.version
)
SELECT v.field, v.before, coalesce(p.name, f.name, s.title) AS name, f.timezone
FROM first_values AS v
LEFT JOIN providers AS p ON v.field = 'providerId' AND p.id::text = v.before
LEFT JOIN facilities AS f ON v.field = 'facilityId' AND f.id::text = v.before
LEFT JOIN services AS s ON v.field = 'serviceId' AND s.id::text = v.before;

-- name: endpoint
-- Of what a message about a webhook endpoint speaks.
SELECT e.id, e.url, e.disabled_reason FROM webhook_endpoints AS e WHERE e.id = %(endpoint_id)s;

-- name: calendar
-- Of what a message about a provider's calendar speaks.
SELECT c.id, c.url, c.name, c.reason FROM calendar_connections AS c WHERE c.id = %(connection_id)s;
