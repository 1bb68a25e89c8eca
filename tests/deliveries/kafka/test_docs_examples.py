"""The readers of docs/kafka.md as they stand there, against a real Kafka."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.events.kafka.topics import topic_of
from tests.deliveries.kafka.conftest import Journal
from tests.embedded.support import wait_until
from tests.support.documents import ROOT, Document
from tests.support.kafka_broker import libraries


def follow(command: list[str], folder: Path, journal: Journal) -> list[str]:
    """The first lines that a reader of the bookings prints."""
    journal.fill(50)
    output = folder / "output"
    with journal.worker("publish"), output.open("w") as out:
        journal.wait_published()
        arguments = [str(journal.url), topic_of(journal.url, "bookings"), journal.url.prefix]
        reader = subprocess.Popen([*command, *arguments], stdout=out, cwd=folder)
        try:
            wait_until(lambda: len(output.read_text().splitlines()) == 40, "all are read", 60)
        finally:
            reader.kill()
            reader.wait()
    return output.read_text().splitlines()


def block(language: str) -> str:
    [text] = Document(ROOT / "docs/kafka.md").blocks(language)
    return text


def test_python(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "follow.py").write_text(block("python"))
    lines = follow([sys.executable, "follow.py"], tmp_path, journal)
    assert {line.split()[1] for line in lines} == {"booking.updated"}


def test_java(journal: Journal, tmp_path: Path) -> None:
    if libraries() is None or shutil.which("javac") is None:
        pytest.skip("no Java compiler, or no tools/ensure-kafka")
    (tmp_path / "Follow.java").write_text(block("java"))
    java = ["java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", f"{libraries()}/*"]
    lines = follow([*java, "Follow.java"], tmp_path, journal)
    events = [line.split(" ", 1) for line in lines]
    assert all(json.loads(value)["partitionkey"] == key for key, value in events)
