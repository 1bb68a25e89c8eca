"""The log on Apache Kafka: a leased publisher, and readers in groups (docs/kafka.md)."""
