"""`/u/{token}`: no more reminders by mail, by one click (RFC 8058)."""

from typing import Any

import httpx
import pytest

from holdfast.config import Settings
from holdfast.kernel.ids import new_id
from holdfast.notifications.links import Links, links_of
from tests.support.api import Api
from tests.support.make import Make, User


@pytest.fixture
def links(settings: Settings) -> Links:
    return links_of(settings)


def path(links: Links, user: User) -> str:
    return f"/u/{links.unsubscribe_url(user.id).rpartition('/')[2]}"


async def choice(api: Api, user: User) -> Any:
    shown = await api.get(f"/users/{user.id}/notification-settings", user)
    return shown.json()["email"]


async def post(api: Api, address: str, **headers: str) -> httpx.Response:
    """As a mail provider does."""
    form = {"List-Unsubscribe": "One-Click"}
    return await api.client.post(address, data=form, headers=headers)


async def test_one_click_ends_reminders_and_nothing_else(
    api: Api, make: Make, links: Links
) -> None:
    client, other = make.client(), make.client()
    for _ in range(2):
        answer = await post(api, path(links, client))
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert await choice(api, client) == {"changes": True, "reminders": False}
    assert await choice(api, other) == {"changes": True, "reminders": True}
    row = make.one("SELECT version FROM notification_settings")
    assert row["version"] == 2  # the second time changed nothing
    actions = (await api.get(f"/users/{client.id}/actions", client)).json()["items"]
    assert actions[0]["action"] == "links.unsubscribe"
    assert actions[0]["target"] == "/u/{token}"


async def test_it_comes_from_another_site(api: Api, make: Make, links: Links) -> None:
    client = make.client()
    answer = await post(
        api, path(links, client), Origin="https://mail.example", **{"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 200
    assert (await choice(api, client))["reminders"] is False


async def test_a_post_without_a_form_is_a_wish_as_well(api: Api, make: Make, links: Links) -> None:
    client = make.client()
    assert (await api.client.post(path(links, client))).status_code == 200
    assert (await choice(api, client))["reminders"] is False


async def test_what_was_said_before_stays(api: Api, make: Make, links: Links) -> None:
    client = make.client()
    url = f"/users/{client.id}/notification-settings"
    body = {"reminderMinutes": [30], "email": {"changes": True, "reminders": True}, "version": 1}
    assert (await api.put(url, client, json=body)).status_code == 200
    await post(api, path(links, client))
    shown = (await api.get(url, client)).json()
    assert shown["reminderMinutes"] == [30]
    assert shown["email"] == {"changes": True, "reminders": False}


@pytest.mark.parametrize(
    ("language", "button"),
    [("en-GB", "Stop reminders"), ("de-AT,de;q=0.9", "Erinnerungen beenden"), ("fr", "Stop")],
)
async def test_a_get_shows_a_button_and_changes_nothing(
    api: Api, make: Make, links: Links, language: str, button: str
) -> None:
    client = make.client()
    answer = await api.client.get(path(links, client), headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert '<form method="post">' in answer.text
    assert button in answer.text
    assert "set-cookie" not in answer.headers
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert "no-store" in answer.headers["cache-control"]
    assert await choice(api, client) == {"changes": True, "reminders": True}


async def test_the_page_speaks_the_persons_language(api: Api, make: Make, links: Links) -> None:
    client = make.client()
    url = f"/users/{client.id}/notification-settings"
    await api.put(url, client, json={"locale": "de", "version": 1})
    assert "<h1>Keine Erinnerungen" in (await post(api, path(links, client))).text


async def test_a_forged_link_does_nothing(api: Api, make: Make, links: Links) -> None:
    client = make.client()
    for address in (
        path(links, client)[:-2] + "AA",
        "/u/x",
        "/u/" + "A" * 300,
        path(Links("", ["another key" * 9]), client),
    ):
        for answer in (await api.client.get(address), await post(api, address)):
            assert answer.status_code == 404
            assert "<form" not in answer.text
    assert await choice(api, client) == {"changes": True, "reminders": True}


async def test_a_person_who_is_gone(api: Api, links: Links) -> None:
    url = links.unsubscribe_url(new_id())
    assert (await post(api, f"/u/{url.rpartition('/')[2]}")).status_code == 200


async def test_other_methods_are_refused(api: Api, make: Make, links: Links) -> None:
    address = path(links, make.client())
    for method in ("PUT", "DELETE", "PATCH"):
        assert (await api.client.request(method, address)).status_code == 405
