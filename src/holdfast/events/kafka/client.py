"""What all clients of Kafka share: how they sign in, what is wrong when it does not answer.

Everything here blocks; it is called in a thread.
"""

import logging
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.kernel.kafka_url import KafkaUrl

if TYPE_CHECKING:
    from confluent_kafka import KafkaError

ASK_SECONDS = 5.0
# What was said of the login or of TLS is said again at each new connection; older, it is over.
SAID_SECONDS = 30.0
log = logging.getLogger("holdfast.kafka")

NEEDED = "Kafka needs a library that is not installed: pip install 'holdfast[kafka]'"


class KafkaTrouble(Exception):
    """Kafka cannot be used now; the message says why and has no secret."""


class Ear:
    """Hears what the client's threads report, and remembers what says most."""

    def __init__(self) -> None:
        self._reason: tuple[float, str] | None = None
        self._last: str | None = None

    def __call__(self, error: "KafkaError") -> None:
        from confluent_kafka import KafkaError

        said = error.str()
        if error.code() in (
            KafkaError._AUTHENTICATION,
            KafkaError.SASL_AUTHENTICATION_FAILED,
            KafkaError.TOPIC_AUTHORIZATION_FAILED,
            KafkaError.CLUSTER_AUTHORIZATION_FAILED,
            KafkaError.GROUP_AUTHORIZATION_FAILED,
        ):
            self._reason = time.monotonic(), f"refuses the login: {_short(said)}"
        elif error.code() == KafkaError._SSL:
            self._reason = time.monotonic(), f"cannot be reached by TLS: {_short(said)}"
        self._last = said

    def trouble(self, url: KafkaUrl, otherwise: object) -> KafkaTrouble:
        """Why Kafka could not be used.

        Args:
            otherwise: what the call said.
        """
        if self._reason is not None and time.monotonic() - self._reason[0] < SAID_SECONDS:
            return KafkaTrouble(f"Kafka at {url} {self._reason[1]}")
        return KafkaTrouble(f"Kafka at {url} does not answer: {_short(self._last or otherwise)}")


def _short(said: object) -> str:
    return " ".join(str(said).split())[:300]


def configuration(url: KafkaUrl, ear: Ear, **more: Any) -> dict[str, Any]:
    """What every client of librdkafka is given.

    Raises:
        KafkaTrouble: the library is not installed, or the certificates cannot be read.
    """
    if find_spec("confluent_kafka") is None:
        raise KafkaTrouble(NEEDED)
    if url.ca_file:
        try:
            Path(url.ca_file).read_bytes()
        except OSError as error:
            raise KafkaTrouble(f"cannot read {url.ca_file} (ca=): {error.strerror}") from None
    security = ("SASL_" if url.mechanism else "") + ("SSL" if url.uses_tls else "PLAINTEXT")
    found: dict[str, Any] = {
        "bootstrap.servers": ",".join(url.servers),
        "security.protocol": security,
        "client.id": "holdfast",
        "error_cb": ear,
        # It would print each failure to connect. What matters comes by `error_cb`.
        "log_level": 2,
        "logger": log,
        "reconnect.backoff.max.ms": 1000,
    }
    if url.mechanism:
        found |= {
            "sasl.mechanism": url.mechanism,
            "sasl.username": url.user,
            "sasl.password": url.password,
        }
    if url.ca_file:
        found["ssl.ca.location"] = url.ca_file
    return found | more


def ask(url: KafkaUrl) -> int:
    """Connect and sign in; how many servers the cluster has.

    Raises:
        KafkaTrouble: it does not answer, or refuses the login.
    """
    ear = Ear()
    config = configuration(url, ear)
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    try:
        admin = AdminClient(config)
        metadata = admin.list_topics(timeout=ASK_SECONDS)
    except KafkaException as error:
        raise _heard(locals().get("admin"), ear, url, error) from error
    return len(metadata.brokers)


def _heard(client: Any, ear: Ear, url: KafkaUrl, error: Exception) -> KafkaTrouble:
    """The trouble, once the client has said what it has to say."""
    if client is not None:
        client.poll(0)
    return ear.trouble(url, error.args[0] if error.args else error)
