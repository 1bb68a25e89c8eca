"""A test mail to oneself leaves by SMTP like other mail."""

import pytest

from holdfast.config import Settings
from tests.deliveries.email.conftest import Sends, mail_settings
from tests.deliveries.email.mail_server import mail_server, until
from tests.support.api import Api
from tests.support.make import Make


@pytest.fixture
def settings() -> Settings:
    return mail_settings("smtp://127.0.0.1:1", rate_limit="off")


async def test_it_comes_by_mail(api: Api, sends: Sends, make: Make) -> None:
    user = make.client("Kim Müller")
    path = f"/users/{user.id}/notification-settings/test"
    async with mail_server() as server, sends(server.url):
        answer = await api.post(path, user, json={"channel": "email"})
        assert answer.status_code == 202, answer.text
        await until(lambda: server.taken)
    [taken] = server.taken
    assert taken.recipients == [user.email]
    assert taken.message["Subject"] == "A test message"
    body = taken.message.get_body(("plain",))
    assert body is not None
    assert "Hello Kim Müller" in body.get_content()
