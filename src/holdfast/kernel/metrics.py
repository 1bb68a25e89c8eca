"""What is counted, for `/metrics` (SPEC §9). Label values are few and known: no ids, no addresses.

With several processes the numbers of all are added up; `PROMETHEUS_MULTIPROC_DIR` then has to be
set before this module is imported (runtime/family.py).
"""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # a second series for each one, for readers that Prometheus is not

RESERVATIONS = Counter("holdfast_reservations", "Reservations by what became of them.", ["outcome"])
APPOINTMENTS_BOOKED = Counter("holdfast_appointments_booked", "Appointments confirmed.")

REFUSALS = Counter("holdfast_refusals", "Requests refused, by the problem's code.", ["scenario"])
REPLAYS = Counter("holdfast_idempotent_replays", "Answers given again for a repeated key.")

REQUESTS = Counter(
    "http_requests", "Requests by method, route template and status.", ["method", "route", "status"]
)
REQUEST_SECONDS = Histogram(
    "http_request_duration_seconds",
    "Time from the request's head to the end of the answer.",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
IN_FLIGHT = Gauge(
    "http_requests_in_flight", "Requests being answered.", multiprocess_mode="livesum"
)

POOL_SIZE = Gauge(
    "holdfast_db_pool_connections",
    "Connections to PostgreSQL, idle ones included.",
    multiprocess_mode="livesum",
)
POOL_IDLE = Gauge(
    "holdfast_db_pool_idle", "Connections that nobody uses.", multiprocess_mode="livesum"
)
POOL_WAITING = Gauge(
    "holdfast_db_pool_waiting",
    "Requests that wait for a connection.",
    multiprocess_mode="livesum",
)
POOL_ERRORS = Counter(
    "holdfast_db_pool_errors",
    "Connections that failed or got lost, requests that got none.",
    ["kind"],
)

EDIT_LOCKS = Counter("holdfast_edit_locks", "Calls for an edit lock by their outcome.", ["outcome"])

SOCKETS = Gauge("holdfast_sockets", "Open live connections.", multiprocess_mode="livesum")
SOCKET_MESSAGES = Counter("holdfast_socket_messages", "Packets received on live connections.")
SOCKET_GARBAGE = Counter("holdfast_socket_garbage", "Packets that were no valid message.")
SOCKET_EVENTS = Counter("holdfast_socket_events", "Events sent to live connections.")
SOCKET_CUTS = Counter("holdfast_socket_cuts", "Live connections cut by the server.", ["reason"])

PUSHER_EVENTS = Counter(
    "holdfast_pusher_events", "Events for the Pusher service by what became of them.", ["result"]
)

LOOP_PASSES = Counter("holdfast_loop_passes", "Passes of a loop.", ["loop", "result"])
LOOP_ITEMS = Counter("holdfast_loop_items", "Things that a loop dealt with.", ["loop"])
LOOP_SECONDS = Histogram(
    "holdfast_loop_duration_seconds", "Time of a pass of a loop that rests in between.", ["loop"]
)
LOOP_LAST_PASS = Gauge(
    "holdfast_loop_last_pass_timestamp_seconds",
    "When a pass last ended well, in the process where that was longest ago.",
    ["loop"],
    multiprocess_mode="livemin",
)

REMINDERS = Counter(
    "holdfast_reminders",
    "Reminders that were due: planned, or why they are suppressed.",
    ["outcome"],
)
CALENDAR_SYNCS = Counter(
    "holdfast_calendar_sync",
    "Reads of calendars for busy times by what became of them.",
    ["outcome"],
)
WEBHOOKS_RECEIVED = Counter(
    "holdfast_webhooks_received", "Messages of others that came in.", ["source", "outcome"]
)
DELIVERIES = Counter(
    "holdfast_deliveries",
    "Tries of deliveries, and deliveries that were not tried, by what became of them.",
    ["channel", "outcome"],
)
DELIVERY_LAG_SECONDS = Histogram(
    "holdfast_delivery_lag_seconds",
    "Time from the event to the end of the try that sent its delivery.",
    ["channel"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 300, 900, 3600, 14400, 86400),
)

# How the deliveries stand, as the database says; each process that looks sets them, and the last
# one counts.
_AS_LAST_SEEN = "livemostrecent"
DELIVERIES_PENDING = Gauge(
    "holdfast_deliveries_pending",
    "Deliveries that wait, at most 20,000 counted in each lane.",
    ["channel"],
    multiprocess_mode=_AS_LAST_SEEN,
)
DELIVERIES_OLDEST_DUE_SECONDS = Gauge(
    "holdfast_deliveries_oldest_due_seconds",
    "For how long the delivery has been due that has waited longest.",
    ["channel"],
    multiprocess_mode=_AS_LAST_SEEN,
)
LANES = Gauge("holdfast_lanes", "Lanes.", ["kind", "state"], multiprocess_mode=_AS_LAST_SEEN)
CONSUMER_LAG_EVENTS = Gauge(
    "holdfast_consumer_lag_events",
    "Events of the log that a consumer has still to plan.",
    ["consumer"],
    multiprocess_mode=_AS_LAST_SEEN,
)
CONSUMER_GAPS = Gauge(
    "holdfast_consumer_gap_total",
    "How often a consumer found events gone before it had planned them.",
    multiprocess_mode=_AS_LAST_SEEN,
)
