"""A house's own words for messages (SPEC-deliveries §3, "Templates")."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.support.api import Api, problem
from tests.support.make import Make

PATH = "/message-templates/confirmed/email/de"
WORDS = {
    "subject": "Termin am {{ appointment.start.date }}",
    "text": "Hallo {{ client.name }},\n\nbis {{ appointment.start }}!\n{{ links.manage }}",
    "html": '<p>Hallo {{ client.name }}</p>\n<p><a href="{{ links.settings }}">mehr</a></p>',
}


async def test_built_in_words_have_version_0(api: Api, make: Make) -> None:
    admin = make.admin()
    answer = await api.get(PATH, admin)
    assert answer.status_code == 200
    body = answer.json()
    assert body["version"] == 0
    assert answer.headers["etag"].startswith('"0.')
    assert body["from"] == {"locale": "de", "facilityId": None, "isBuiltIn": True}
    assert "Bestätigt" in body["subject"]
    assert "{{ client.name }}" in body["text"]
    # What is built in can be saved as it is.
    words = {name: body[name] for name in ("subject", "text", "html")}
    assert (await api.put(PATH, admin, json=words)).status_code == 201


async def test_every_built_in_template_can_be_saved(api: Api, make: Make) -> None:
    admin = make.admin()
    listed = (await api.get("/message-templates", admin)).json()["items"]
    assert len(listed) == 10 + 5 + 4
    for entry in listed:
        for locale in ("en", "de"):
            path = f"/message-templates/{entry['purpose']}/{entry['channel']}/{locale}"
            body = (await api.get(path, admin)).json()
            parts = ("subject", "text", "html")
            words = {name: body[name] for name in parts if body[name] is not None}
            saved = await api.put(path, admin, json=words)
            assert saved.status_code == 201, (path, saved.text)
            previews = await api.post(f"{path}/preview", admin)
            assert previews.status_code == 200
            for shown in previews.json()["items"]:
                assert shown["text"]
                assert (shown["segments"] or 1) <= 2
                assert "None" not in shown["text"] + (shown["html"] or "")


async def test_saving_takes_the_version_that_one_knows(api: Api, make: Make) -> None:
    admin = make.admin()
    created = await api.put(PATH, admin, json=WORDS)
    assert (created.status_code, created.json()["version"]) == (201, 1)
    assert created.headers["etag"] == '"1"'
    assert (await api.get(PATH, admin)).json() == created.json()
    problem(await api.put(PATH, admin, json=WORDS), 428, "precondition_required")
    newer = {**WORDS, "text": "Bis bald"}
    problem(await api.put(PATH, admin, json={**newer, "version": 0}), 409, "version_conflict")
    stale = await api.put(PATH, admin, json=newer, headers={"If-Match": '"7"'})
    body = problem(stale, 412, "precondition_failed")
    assert body["currentVersion"] == 1
    saved = await api.put(PATH, admin, json={**newer, "version": 1})
    assert (saved.status_code, saved.json()["version"]) == (200, 2)
    same = await api.put(PATH, admin, json=newer, headers={"If-Match": '"2"'})
    assert (same.status_code, same.json()["version"]) == (200, 2)
    known = await api.get(PATH, admin, headers={"If-None-Match": '"2"'})
    assert known.status_code == 304
    problem(await api.delete(PATH, admin), 428, "precondition_required")
    problem(await api.delete(PATH, admin, headers={"If-Match": '"1"'}), 412, "precondition_failed")
    assert (await api.delete(PATH, admin, headers={"If-Match": '"2"'})).status_code == 204
    problem(await api.delete(PATH, admin, headers={"If-Match": '"2"'}), 404, "not_found")
    assert (await api.get(PATH, admin)).json()["version"] == 0


async def test_of_two_first_ones_one_is_told(api: Api, make: Make) -> None:
    admin = make.admin()
    answers = await asyncio.gather(
        *(
            api.put(PATH, admin, json={**WORDS, "text": f"Nummer {number}", "version": 0})
            for number in range(6)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert make.one("SELECT count(*) FROM message_templates")["count"] == 1


async def in_force(api: Api, make: Make, admin: Any, locale: str, facility: UUID) -> str:
    path = f"/message-templates/confirmed/email/{locale}"
    body = (await api.get(path, admin, params={"facilityId": str(facility)})).json()
    return body["text"] if not body["from"]["isBuiltIn"] else f"built-in {body['from']['locale']}"


async def test_whose_words_are_in_force(api: Api, make: Make) -> None:
    admin, place, other = make.admin(), make.place().facility_id, make.place().facility_id

    async def save(text: str, locale: str, facility: UUID | None) -> None:
        params = {"facilityId": str(facility)} if facility else None
        path = f"/message-templates/confirmed/email/{locale}"
        words = {"subject": "s", "text": text}
        answer = await api.put(path, admin, json=words, params=params)
        assert answer.status_code == 201, answer.text

    assert await in_force(api, make, admin, "fr", place) == "built-in en"
    assert await in_force(api, make, admin, "de-AT", place) == "built-in de"
    await save("all de", "de", None)
    assert await in_force(api, make, admin, "de-AT", place) == "all de"
    await save("here en", "en", place)
    assert await in_force(api, make, admin, "de", place) == "here en"
    await save("here de", "de", place)
    assert await in_force(api, make, admin, "de-AT", place) == "here de"
    await save("here Austria", "de-AT", place)
    assert await in_force(api, make, admin, "de-AT", place) == "here Austria"
    assert await in_force(api, make, admin, "de", other) == "all de"


INVALID = [
    ("text", "{% if %}", 1),
    ("text", "one\ntwo\n{{ client.nothing }}", 3),
    ("text", "{{ nothing }}", 1),
    ("text", "a\n{% for i in range(1000000000) %}x{% endfor %}", 2),
    ("text", "{% for a in client.name %}{% for b in client.name %}{% for c in client.name %}"
     "{% endfor %}{% endfor %}{% endfor %}", 1),
    ("text", "{{ 'x' * 1000000000 }}", 1),
    ("text", "{{ '%1000000000d' % 1 }}", 1),
    ("text", "\n{{ ''.__class__.__mro__ }}", 2),
    ("text", "{{ client.name.__init__ }}", 1),
    ("text", "{{ client|attr('__class__') }}", 1),
    ("text", "{% set x = 1 %}", 1),
    ("text", "{% macro m() %}{{ m() }}{% endmacro %}", 1),
    ("text", "{% include 'layout.html' %}", 1),
    ("text", "{{ changes }}", 1),
    ("text", "{% if true %}" * 300 + "{% endif %}" * 300, None),
    ("text", "{{ " + "(" * 3000 + ")" * 3000 + " }}", None),
    ("text", "   ", 1),
    ("text", "{# nothing #}", 1),
    ("subject", "{{ client.nothing }}", 1),
    ("subject", "{# nothing #}", 1),
    ("html", "<p>\n<img src='https://track.example/p.gif'></p>", 2),
    ("html", "<img src='{{ links.manage }}'>", 1),
    ("html", "<img srcset='//track.example/p.gif'>", 1),
    ("html", "<table background='http://track.example/p.gif'></table>", 1),
    ("html", "<p style='background:url(https://track.example/p.gif)'>x</p>", 1),
    ("html", "<style>@import 'https://track.example/s.css';</style>", 1),
    ("html", "<script>alert(1)</script>", 1),
    ("html", "<p onclick='alert(1)'>x</p>", 1),
    ("html", "<a href='javascript:alert(1)'>x</a>", 1),
    ("html", "<form action='https://evil.example'></form>", 1),
    ("html", "<link rel='stylesheet' href='https://track.example/s.css'>", 1),
    ("html", "{{ client.name|safe }}", 1),
]  # fmt: skip


@pytest.mark.parametrize(("part", "source", "line"), INVALID)
async def test_what_does_not_work_is_not_saved(
    part: str, source: str, line: int | None, api: Api, make: Make
) -> None:
    async with asyncio.timeout(10):
        answer = await api.put(PATH, make.admin(), json={**WORDS, part: source})
    body = problem(answer, 422, "template_invalid")
    assert body["details"]["field"] == part
    assert body["details"]["line"] == line
    assert body["details"]["errors"][0]["field"] == part
    assert make.all("SELECT * FROM message_templates") == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": None}, "text"),
        ({"text": 7}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"text": "\u0000"}, "text"),
        ({"html": "x" * 50_001}, "html"),
        ({"subject": "one\ntwo"}, "subject"),
        ({"subject": None}, "subject"),
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 501}, "subject"),
        ({"version": -1}, "version"),
        ({"other": 1}, "other"),
    ],
)
async def test_bad_bodies(change: dict[str, Any], field: str, api: Api, make: Make) -> None:
    answer = await api.put(PATH, make.admin(), json={**WORDS, **change})
    body = problem(answer, 422, "validation_failed")
    assert body["details"]["errors"][0]["field"] == field


async def test_bad_addresses(api: Api, make: Make) -> None:
    admin = make.admin()
    for path in (
        "/message-templates/nothing/email/de",
        "/message-templates/phone_code/email/de",
        "/message-templates/requested/sms/de",
        "/message-templates/test/email/de",
    ):
        problem(await api.get(path, admin), 404, "not_found")
        problem(await api.put(path, admin, json=WORDS), 404, "not_found")
    for path in ("/message-templates/confirmed/fax/de",):
        assert (await api.get(path, admin)).status_code in (404, 422)
    for locale in ("d", "DE", "de_DE", "de-", "german", "de-DEU"):
        answer = await api.get(f"/message-templates/confirmed/email/{locale}", admin)
        body = problem(answer, 422, "validation_failed")
        assert body["details"]["errors"][0]["field"] == "locale"
    nowhere = {"facilityId": str(uuid4())}
    problem(await api.get(PATH, admin, params=nowhere), 404, "not_found")
    problem(await api.put(PATH, admin, params=nowhere, json=WORDS), 404, "not_found")
    bad = await api.get(PATH, admin, params={"facilityId": "x"})
    assert problem(bad, 422, "validation_failed")["details"]["errors"][0]["field"] == "facilityId"


async def test_an_sms_has_at_most_three_parts(api: Api, make: Make) -> None:
    admin, path = make.admin(), "/message-templates/confirmed/sms/en"
    fits = await api.put(path, admin, json={"text": "x" * 459})
    assert fits.status_code == 201, fits.text
    long = await api.put(path, admin, json={"text": "x" * 460, "version": 1})
    body = problem(long, 422, "template_invalid")
    assert body["details"]["field"] == "text"
    shown = await api.post(f"{path}/preview", admin, json={"text": "\u201cHi\u201d \u2013 \u2026"})
    [first, *_] = shown.json()["items"]
    assert (first["encoding"], first["segments"]) == ("GSM-7", 1)
    greek = await api.post(f"{path}/preview", admin, json={"text": "Ж" * 71})
    assert (greek.json()["items"][0]["encoding"], greek.json()["items"][0]["segments"]) == (
        "UCS-2",
        2,
    )
    problem(await api.put(path, admin, json={"text": "x", "html": "<p>"}), 422, "validation_failed")
    problem(
        await api.put(path, admin, json={"text": "x", "subject": "s"}), 422, "validation_failed"
    )


async def test_a_preview_saves_and_escapes(api: Api, make: Make) -> None:
    admin = make.admin()
    answer = await api.post(f"{PATH}/preview", admin, json=WORDS)
    assert answer.status_code == 200
    items = {item["sample"]: item for item in answer.json()["items"]}
    assert items.keys() == {"usual", "elsewhere", "plain", "staff"}
    assert "Kim O'Neill &lt;kim&gt;" in items["usual"]["html"]
    assert "Kim O'Neill <kim>" in items["usual"]["text"]
    assert make.all("SELECT * FROM message_templates") == []
    assert make.all("SELECT * FROM deliveries") == []
    bad = await api.post(f"{PATH}/preview", admin, json={**WORDS, "text": "{{ x }}"})
    problem(bad, 422, "template_invalid")
    only_html = await api.post(f"{PATH}/preview", admin, json={"html": "<p>x</p>"})
    problem(only_html, 422, "validation_failed")


async def test_a_test_without_a_mail_server_says_so(api: Api, make: Make) -> None:
    admin = make.admin()
    answer = await api.post(f"{PATH}/test", admin, json=WORDS)
    assert answer.status_code == 202
    told = make.one("SELECT * FROM deliveries")
    assert str(told["id"]) == answer.json()["deliveryId"]
    assert (told["purpose"], told["state"], told["reason"]) == (
        "test",
        "suppressed",
        "not_configured",
    )
    assert told["user_id"] == admin.id


async def test_a_test_with_the_same_key_is_sent_once(api: Api, make: Make) -> None:
    admin, headers = make.admin(), {"Idempotency-Key": "once"}
    first = await api.post(f"{PATH}/test", admin, json=WORDS, headers=headers)
    again = await api.post(f"{PATH}/test", admin, json=WORDS, headers=headers)
    assert (first.status_code, again.content) == (202, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(make.all("SELECT FROM deliveries")) == 1
