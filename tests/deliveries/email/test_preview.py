"""A message can be looked at and tried out, and gives nothing away (SPEC-deliveries §7)."""

import re

import pytest

from holdfast.accounts.resets import ResetMails
from holdfast.config import Settings
from holdfast.kernel.db import Database
from tests.deliveries.drive import Drive
from tests.deliveries.email.conftest import Sends, mail_settings
from tests.deliveries.email.mail_server import mail_server, until
from tests.support.api import Api
from tests.support.make import Make, soon

PATH = "/message-templates/confirmed/email/en"


async def test_a_delivery_is_shown_as_it_would_be_sent(api: Api, drive: Drive, make: Make) -> None:
    place, client, admin = make.place(), make.client("Kim"), make.admin()
    drive.start()
    make.appointment(client, place, make.slot(place))
    drive.plan_all()
    [delivery] = drive.deliveries()
    shown = (await api.get(f"/deliveries/{delivery['id']}", admin)).json()["preview"]
    assert shown["subject"].startswith("Confirmed: ")
    assert "Hello Kim," in shown["text"]
    assert "Hello Kim," in shown["html"]
    # Nobody but the client gets what opens the appointment as the client.
    assert re.findall(r"/m/(\S+)", shown["text"]) == ["…"]
    assert not re.search(r"/m/[\w-]{20}", shown["html"])


async def test_a_link_for_a_password_is_not_shown(
    api: Api, drive: Drive, make: Make, db: Database
) -> None:
    client, admin = make.client(), make.admin()
    await ResetMails(mail_settings("smtp://127.0.0.1:1")).plan(db, client.email)
    [delivery] = drive.deliveries()
    answer = await api.get(f"/deliveries/{delivery['id']}", admin)
    assert "token=…" in answer.json()["preview"]["text"]
    assert "sealed" not in answer.text


async def test_push_and_sms_are_shown_too(api: Api, drive: Drive, make: Make) -> None:
    place, client, admin = make.place(), make.client("Kim"), make.admin()
    appointment = make.appointment(client, place, make.slot(place))
    ids = []
    for channel, purpose in (("push", "confirmed"), ("sms", "cancelled"), ("sms", "phone_code")):
        row = make.one(
            "INSERT INTO deliveries (id, channel, purpose, lane, user_id, appointment_id, due_at, "
            "expires_at) VALUES (new_uuid_v7(), %s, %s, ensure_lane(%s, %s), %s, %s, now(), now()) "
            "RETURNING id",
            channel,
            purpose,
            channel,
            channel,
            client.id,
            appointment if purpose != "phone_code" else None,
        )
        ids.append(row["id"])
    push, sms, code = [
        (await api.get(f"/deliveries/{delivery_id}", admin)).json()["preview"]
        for delivery_id in ids
    ]
    assert push == {"subject": "Appointment confirmed", "text": "Open it to see more."}
    assert "is cancelled" in sms["text"]
    assert code["text"].startswith("… is your code")


class TestWithMailServer:
    @pytest.fixture
    def settings(self) -> Settings:
        return mail_settings("smtp://127.0.0.1:1", rate_limit="off")

    async def test_a_test_goes_to_oneself(
        self, api: Api, sends: Sends, drive: Drive, make: Make
    ) -> None:
        """Planned by one process, sent by another: what was tried, not what is saved."""
        admin = make.admin()
        words = {"subject": "Trial of {{ provider.name }}", "text": "Hi {{ client.name }}"}
        answer = await api.post(f"{PATH}/test", admin, json=words)
        assert answer.status_code == 202
        assert "Trial" not in str(drive.deliveries())
        async with mail_server() as server, sends(server.url):
            await until(lambda: server.taken)
            await until(lambda: drive.deliveries(state="sent"))
        [taken] = server.taken
        assert taken.recipients == [admin.email]
        assert taken.message["Subject"] == "Trial of Dr. Anna Weber"
        assert taken.message["Message-ID"] == f"<{answer.json()['deliveryId']}@book.example>"


async def test_a_template_that_fails_on_a_real_message(
    sends: Sends, drive: Drive, make: Make
) -> None:
    """The built-in words go out instead: somebody waits for the message."""
    make.db.execute(
        "INSERT INTO message_templates (purpose, channel, locale, subject, text) "
        "VALUES ('confirmed', 'email', 'en', 'Ours', '{{ nothing.at.all }}')"
    )
    place, client = make.place(), make.client("Kim")
    async with mail_server() as server, sends(server.url):
        make.appointment(client, place, make.slot(place))
        drive.relay()
        await until(lambda: server.taken)
    assert server.taken[0].message["Subject"].startswith("Confirmed: ")


async def test_a_house_has_its_own_words(api: Api, sends: Sends, drive: Drive, make: Make) -> None:
    place, client, admin = make.place(), make.client("Kim <b>"), make.admin()
    words = {
        "subject": "Ours for {{ client.name }}",
        "text": "Dear {{ client.name }}, see you {{ appointment.start.date }}.",
        "html": "<p>Dear {{ client.name }}</p>",
    }
    params = {"facilityId": str(place.facility_id)}
    saved = await api.put(PATH, admin, json=words, params=params)
    assert saved.status_code == 201
    elsewhere = make.place()
    async with mail_server() as server, sends(server.url):
        make.appointment(client, place, make.slot(place))
        make.appointment(client, elsewhere, make.slot(elsewhere, soon(6)))
        drive.relay()
        await until(lambda: len(server.taken) == 2)
    subjects = sorted(taken.message["Subject"] for taken in server.taken)
    assert subjects[0].startswith("Confirmed: ")
    assert subjects[1] == "Ours for Kim <b>"
    [ours] = [t.message for t in server.taken if t.message["Subject"] == subjects[1]]
    html = ours.get_body(("html",))
    assert html is not None
    assert "Dear Kim &lt;b&gt;" in html.get_content()
