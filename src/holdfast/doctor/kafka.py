"""Whether Kafka can be reached, and takes the login."""

from holdfast.config import Settings
from holdfast.doctor.finding import Finding, bad, good, skipped
from holdfast.events.kafka.client import KafkaTrouble, ask


def check_kafka(settings: Settings) -> Finding:
    """Connect and sign in; write nothing."""
    what = "Kafka"
    if settings.kafka is None:
        return skipped(what, "HOLDFAST_KAFKA_URL is not set: the log in PostgreSQL is the bus")
    try:
        servers = ask(settings.kafka)
    except KafkaTrouble as trouble:
        remedy = "correct HOLDFAST_KAFKA_URL (kafka://user:password@host:port?sasl=…&tls=on)"
        return bad(what, str(trouble), remedy)
    return good(what, f"{settings.kafka} answers, {servers} in the cluster")
