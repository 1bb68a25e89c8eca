"""What a Kafka URL says, and how a wrong one is refused (docs/kafka.md)."""

import pytest
from pydantic import SecretStr

from holdfast.config import Settings, SettingsError, read_settings
from holdfast.kernel.kafka_url import KafkaUrl, parse_kafka_url

WRONG = {
    "http://kafka": "kafka://",
    "kafka://": "host1:9092",
    "kafka://a b": "host1:9092",
    "kafka://a:70000": "host1:9092",
    "kafka://a,": "host1:9092",
    "kafka://user:word@a": "belong together",
    "kafka://a?sasl=plain": "belong together",
    "kafka://user@a?sasl=plain": "user:password",
    "kafka://u:p@a?sasl=gssapi": "one of plain",
    "kafka://a?tls=yes": "on or off",
    "kafka://a?ssl=on": "only sasl",
    "kafka://a?tls": "name=value",
    "kafka://a?tls=on&tls=off": "once",
    "kafka://a?prefix=a/b": "prefix",
}


def test_all_parts_of_a_url() -> None:
    text = (
        "kafka://hold%40fast:p%2Fw%3Ad@a:1,b,[::1]:2?sasl=SCRAM-SHA-512&tls=on&ca=/ca.pem&prefix=x"
    )
    url = parse_kafka_url(text)
    assert url == KafkaUrl(
        servers=("a:1", "b:9092", "[::1]:2"),
        user="hold@fast",
        password="p/w:d",
        mechanism="SCRAM-SHA-512",
        uses_tls=True,
        ca_file="/ca.pem",
        prefix="x",
    )
    assert "p/w:d" not in repr(url)
    assert str(url) == "a:1,b:9092,[::1]:2"


@pytest.mark.parametrize("text", ["kafka://a:9092,b:9092", "a,b", "kafka://a,b/"])
def test_servers_alone(text: str) -> None:
    assert parse_kafka_url(text) == KafkaUrl(("a:9092", "b:9092"))


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_without_a_secret(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=WRONG[text]) as caught:
        parse_kafka_url(text)
    assert "word" not in str(caught.value).replace("password", "")
    monkeypatch.setenv("HOLDFAST_KAFKA_BOOTSTRAP", text)
    with pytest.raises(SettingsError, match="HOLDFAST_KAFKA_BOOTSTRAP"):
        read_settings()


def test_either_setting_will_do() -> None:
    url, other = SecretStr("kafka://a"), SecretStr("b")
    assert Settings().kafka is None
    assert Settings(kafka_url=url).kafka == KafkaUrl(("a:9092",))
    assert Settings(kafka_bootstrap=other).kafka == KafkaUrl(("b:9092",))
    assert Settings(kafka_url=SecretStr("")).kafka is None
