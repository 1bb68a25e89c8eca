"""A real Apache Kafka for the tests: one for the whole run, in however many processes it is."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from holdfast.kernel.kafka_url import KafkaUrl
from tests.embedded.support import wait_until
from tests.support.documents import ROOT
from tests.support.server import free_port

START_SECONDS = 90.0


def needs_kafka() -> None:
    """Skip the test where no Kafka can be had, and say what to install."""
    done = subprocess.run([ROOT / "tools/ensure-kafka"], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(done.stderr.strip() or "no Kafka: run tools/ensure-kafka")


def wait_for(address: str) -> None:
    """Wait until a broker answers."""
    admin = AdminClient(
        {"bootstrap.servers": address, "log_level": 0, "reconnect.backoff.max.ms": 100}
    )

    def answers() -> bool:
        try:
            return bool(admin.list_topics(timeout=1).brokers)
        except KafkaException:
            return False

    wait_until(answers, "Kafka answers", START_SECONDS)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of a Kafka: the one of HOLDFAST_TEST_KAFKA, else this run's own.

    The first test process that needs it starts it, and it ends with the run, also when that is
    killed (tests/support/kafka_broker.py).
    """
    if named := os.environ.get("HOLDFAST_TEST_KAFKA"):
        yield named
        return
    folder, run = tmp_path_factory.getbasetemp(), os.getpid()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder, run = folder.parent, os.getppid()
    with (folder / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        needs_kafka()
        address = _start_once(folder, run)
    wait_for(address)
    yield address


def _start_once(folder: Path, run: int) -> str:
    known = folder / "kafka.port"
    if not known.exists():
        port = free_port()
        data = folder / "kafka"
        data.mkdir()
        subprocess.run(
            [
                *(sys.executable, "-m", "tests.support.kafka_broker"),
                *(str(run), str(data), str(port)),
            ],
            cwd=ROOT,
            check=True,
        )
        known.write_text(str(port))
    return f"127.0.0.1:{known.read_text()}"


@pytest.fixture
def kafka_url(kafka: str) -> KafkaUrl:
    """Where this test's own topics and groups are."""
    return own_url(kafka)


def own_url(address: str) -> KafkaUrl:
    return KafkaUrl((address,), prefix=f"t{uuid4().hex[:10]}")


def as_text(url: KafkaUrl) -> str:
    """As a setting."""
    return f"kafka://{url}?prefix={url.prefix}"
