"""Mail scanners follow every link: nothing may act by GET (SPEC-deliveries §3, "Links")."""

import re
from urllib.parse import urlsplit

from tests.contract.snapshot import snapshot
from tests.deliveries.drive import Drive
from tests.deliveries.email.conftest import Sends
from tests.deliveries.email.mail_server import mail_server, until
from tests.support.api import Api
from tests.support.make import Make, soon

URL = re.compile(r"https?://book\.example[^\s\"'<>]*")


async def test_no_link_of_any_mail_acts_when_it_is_fetched(
    api: Api, sends: Sends, drive: Drive, make: Make
) -> None:
    place, client, admin = make.place(), make.client(), make.admin()
    operator = make.operator(place.provider_id)
    start = soon(hours=2, days=0)
    async with mail_server() as server, sends(server.url):
        appointment = make.appointment(client, place, make.slot(place, start))
        drive.relay()
        await until(lambda: len(server.taken) == 2)
        make.db.execute(
            "INSERT INTO deliveries (id, channel, purpose, lane, user_id, appointment_id, "
            "start_at, due_at, expires_at) VALUES (new_uuid_v7(), 'email', 'reminder', 'smtp', %s, "
            "%s, %s, now(), %s)",
            [client.id, appointment, start, start],
        )
        await api.post("/auth/password-reset-request", json={"email": client.email})
        await until(lambda: len(server.taken) >= 3)
        make.one(
            "SELECT outcome FROM cancel_appointment(%s, %s, '{}', NULL, NULL, false)",
            admin.actor.as_parameter(),
            appointment,
        )
        drive.relay()
        await until(lambda: len(server.taken) >= 4)
        await until(lambda: not drive.deliveries(state="sending"))
    assert {taken.recipients[0] for taken in server.taken} == {client.email, operator.email}
    links = set()
    for taken in server.taken:
        for part in taken.message.walk():
            if part.get_content_maintype() == "text":
                links |= set(URL.findall(part.get_content()))
        links |= set(URL.findall(taken.message.get("List-Unsubscribe", "")))
    paths = {urlsplit(link).path.split("/")[1] for link in links}
    assert {"m", "u", "appointments", "settings", "find"} <= paths
    before = snapshot(make)
    for _ in range(2):
        for link in sorted(links):
            parts = urlsplit(link)
            answer = await api.client.get(f"{parts.path}?{parts.query}")
            assert answer.status_code < 500
            assert "set-cookie" not in answer.headers
    assert snapshot(make) == before
