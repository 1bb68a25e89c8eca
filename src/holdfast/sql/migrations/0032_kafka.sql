-- Apache Kafka as the bus (docs/kafka.md).

-- One row: the lease of who publishes, and the bus that the worker plans from that started last.
CREATE TABLE bus (
    only_one    boolean PRIMARY KEY DEFAULT true CONSTRAINT bus_single_check CHECK (only_one),
    kind        text NOT NULL DEFAULT 'log' CONSTRAINT bus_kind_check CHECK (kind IN ('log', 'kafka')),
    publisher   uuid,
    lease_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO bus DEFAULT VALUES;

-- Where a consumer reads on in each partition of Kafka.
CREATE TABLE consumer_offsets (
    consumer    text NOT NULL,
    topic       text NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint NOT NULL,
    CONSTRAINT consumer_offsets_pkey PRIMARY KEY (consumer, topic, partition)
);

-- Events after a consumer's position that it has planned already: partitions do not come in the log's order.
CREATE TABLE planned_ahead (
    consumer text NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT planned_ahead_pkey PRIMARY KEY (consumer, position)
);
