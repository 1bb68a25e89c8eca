"""The engine with the sender of mail, on a real database."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import time
from typing import Any

import pytest
from pydantic import SecretStr

from holdfast.channels.email.send import EmailSender
from holdfast.config import Settings
from holdfast.deliveries.engine import Engine, Plan
from holdfast.events.kafka.publisher import Publisher
from holdfast.kernel.db import Database
from holdfast.kernel.kafka_url import KafkaUrl
from tests.deliveries.drive import Drive
from tests.support.make import SECRET_KEY

Sends = Callable[..., AbstractAsyncContextManager[EmailSender]]


def mail_settings(url: str, **more: Any) -> Settings:
    return Settings(
        secret_key=SecretStr(SECRET_KEY),
        smtp_url=SecretStr(url),
        public_url="https://book.example",
        bounce_address="bounces@clinic.example",
        **more,
    )


@pytest.fixture
def sends(db: Database, drive: Drive, bus: str, request: pytest.FixtureRequest) -> Sends:
    """Plans and sends as long as the block lasts; what was in the log before is no news."""

    kafka: KafkaUrl | None = request.getfixturevalue("kafka_url") if bus == "kafka" else None

    @asynccontextmanager
    async def running(url: str, **more: Any) -> AsyncIterator[EmailSender]:
        drive.start()
        sender = EmailSender(mail_settings(url, **more), db)
        plan = Plan(("email",), 0.0, time(0), time(0))
        publisher = Publisher(db, kafka, "https://book.example") if kafka else None
        async with (
            publisher.running() if publisher else nullcontext(),
            Engine(db, [sender], plan, kafka=kafka).running(),
        ):
            yield sender

    return running
