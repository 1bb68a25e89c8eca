"""Kafka goes away and comes back; bookings never notice (docs/kafka.md)."""

import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from holdfast.config import Settings
from holdfast.doctor.kafka import check_kafka
from holdfast.kernel.kafka_url import KafkaUrl
from tests.deliveries.drive import Drive
from tests.deliveries.kafka.conftest import Journal, messages
from tests.embedded.support import wait_until
from tests.support.certificates import Certificates
from tests.support.cluster import TestDatabase
from tests.support.kafka import as_text, needs_kafka, own_url, wait_for
from tests.support.kafka_broker import PASSWORD, USER, Broker
from tests.support.make import Make, Place, User, soon
from tests.support.server import Server, free_port

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A Kafka of this test, to be killed."""
    needs_kafka()
    folder = tmp_path / "kafka"
    folder.mkdir()
    broker = Broker(folder, free_port())
    broker.start()
    yield broker
    broker.kill()


def book(server: Server, user: User, place: Place, number: int) -> None:
    body = {
        "providerId": str(place.provider_id),
        "serviceId": str(place.service_id),
        "start": soon(days=number).isoformat(),
    }
    answer = httpx.post(
        f"{server.url}/api/v1/appointments",
        json=body,
        headers={**user.auth, "Idempotency-Key": str(number)},
        timeout=30,
    )
    assert answer.status_code == 201, answer.text


def kafka_is(server: Server) -> str:
    health = httpx.get(f"{server.url}/health").json()
    assert health["status"] == "healthy"
    return health["kafka"]


@pytest.mark.parametrize("away_seconds", [0, pytest.param(65, marks=pytest.mark.long)])
def test_kafka_is_away_and_comes_back(broker: Broker, tmp_path: Path, away_seconds: float) -> None:
    url = own_url(broker.address)
    env = {"HOLDFAST_KAFKA_URL": as_text(url), "HOLDFAST_CLIENT_APPOINTMENT_LIMIT": "50"}
    with Server(tmp_path, env=env) as server, closing(Make(server.owner_url)) as make:
        client, place = make.client(), make.place()
        for number in range(2, 50):
            make.slot(place, soon(days=number))
        wait_for(broker.address)
        for number in (2, 3, 4):
            book(server, client, place, number)
        wait_until(lambda: lag(make) == 0, "all is published and planned", 60)
        assert kafka_is(server) == "caught_up"
        broker.kill()
        back_at = time.monotonic() + away_seconds
        number = 5
        while number < 8 or time.monotonic() < back_at:
            began = time.monotonic()
            book(server, client, place, number)
            assert time.monotonic() - began < 5  # a booking waits for nothing of it
            number += 1
            if away_seconds:
                time.sleep(away_seconds / 30)
        wait_until(lambda: kafka_is(server) == "behind", "health says so")
        broker.start()
        for last in (number, number + 1):
            book(server, client, place, last)
        wait_until(lambda: kafka_is(server) == "caught_up", "all is made up for", 90)
        wait_until(lambda: lag(make) == 0, "all is planned", 60)
        events = {event["id"]: event for part in messages(url).values() for event in part}
        booked = [e for e in events.values() if e["type"] == "booking.confirmed"]
        assert len(booked) == number
        shown = httpx.get(
            f"{server.url}/api/v1/deliveries/summary", headers=make.admin().auth
        ).json()["bus"]
        assert shown["kind"] == "kafka"
        assert {c["name"]: c["lagEvents"] for c in shown["consumers"]} == {
            "calendar": 0,
            "kafka": 0,
            "notify": 0,
            "webhook": 0,
        }
        assert server.stop() == 0


def lag(make: Make) -> int:
    row = make.one(
        "SELECT max(r.position - c.position) AS n FROM following_consumers() AS c, relay AS r"
    )
    return row["n"] or 0


def test_the_broker_is_killed_and_frozen_under_load(
    broker: Broker, drive: Drive, database: TestDatabase
) -> None:
    journal = Journal(drive, database, own_url(broker.address))
    wait_for(broker.address)
    with journal.worker("publish,plan"):
        journal.fill(200)
        journal.wait_planned()
        journal.fill(4000)
        wait_until(lambda: journal.position("kafka") > journal.first + 1000, "it is at work")
        broker.kill()
        broker.start()
        journal.fill(1000)
        journal.wait_planned(120)
        journal.fill(2000)
        broker.signal(signal.SIGSTOP)
        journal.fill(1000)
        wait_until(lambda: journal.position("kafka") < journal.position("relay"), "it is behind")
        broker.signal(signal.SIGCONT)
        journal.wait_planned(120)
    journal.check_topics()
    journal.check_plans()


def test_a_login_that_is_refused_is_named(tmp_path: Path) -> None:
    needs_kafka()
    folder = tmp_path / "kafka"
    folder.mkdir()
    broker = Broker(folder, free_port(), needs_login=True)
    broker.start()
    try:
        good = KafkaUrl((broker.address,), user=USER, password=PASSWORD, mechanism="PLAIN")
        wait_until(lambda: found(good, PASSWORD)[0] == "good", "the broker answers", 90)
        verdict, said = found(good, "wrong-word")
        assert verdict == "bad"
        assert "refuses the login" in said
        assert "wrong-word" not in said
        env = {"HOLDFAST_KAFKA_URL": text(good, "wrong-word")}
        with Server(tmp_path, env=env) as server:
            wait_until(lambda: "refuses the login" in server.output, "the log says so", 60)
            assert httpx.get(f"{server.url}/health").json()["status"] == "healthy"
            assert "wrong-word" not in server.output
    finally:
        broker.kill()


def text(url: KafkaUrl, password: str, options: str = "sasl=plain") -> str:
    return f"kafka://{url.user}:{password}@{url}?{options}"


def found(url: KafkaUrl, password: str, options: str = "sasl=plain") -> tuple[str, str]:
    finding = check_kafka(Settings(kafka_url=SecretStr(text(url, password, options))))
    return finding.verdict, finding.said


def test_over_tls_by_scram(tmp_path: Path) -> None:
    """And what is wrong is named: the password, who signed the certificate, the file with it."""
    needs_kafka()
    folders = [tmp_path / name for name in ("kafka", "ours", "others")]
    for folder in folders:
        folder.mkdir()
    ours, others = Certificates(folders[1]), Certificates(folders[2])
    broker = Broker(folders[0], free_port(), certificates=ours)
    broker.start()
    try:
        url = KafkaUrl((broker.address,), user=USER)
        options = f"sasl=scram-sha-512&tls=on&ca={ours.cert}"
        wait_until(lambda: found(url, PASSWORD, options)[0] == "good", "the broker answers", 90)
        verdict, said = found(url, "wrong-word", options)
        assert (verdict, "refuses the login" in said) == ("bad", True), said
        assert "wrong-word" not in said
        verdict, said = found(url, PASSWORD, f"sasl=scram-sha-512&tls=on&ca={others.cert}")
        assert (verdict, "cannot be reached by TLS" in said) == ("bad", True), said
        verdict, said = found(url, PASSWORD, f"sasl=scram-sha-512&tls=on&ca={tmp_path}/none.pem")
        assert (verdict, "cannot read" in said) == ("bad", True), said
        env = {"HOLDFAST_KAFKA_URL": text(url, PASSWORD, options)}
        with Server(tmp_path, env=env) as server, closing(Make(server.owner_url)) as make:
            client, place = make.client(), make.place()
            make.slot(place, soon(days=2))
            book(server, client, place, 2)
            wait_until(lambda: lag(make) == 0, "all is published and planned", 60)
            assert PASSWORD not in server.output
    finally:
        broker.kill()


def test_nobody_there_is_said(tmp_path: Path) -> None:
    finding = check_kafka(Settings(kafka_url=SecretStr(f"127.0.0.1:{free_port()}")))
    assert finding.verdict == "bad"
    assert "does not answer" in finding.said
