"""Links in messages: signed over appointment, user and time, and void after a new password."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from holdfast.kernel.ids import new_id
from holdfast.notifications.links import Links
from tests.support.make import Make

KEY, OLD_KEY = "k" * 40, "o" * 40
BASE = "https://book.example.org"


@pytest.fixture
def links() -> Links:
    return Links(BASE, [KEY])


def token_of(url: str) -> str:
    return url.rpartition("/")[2]


def test_a_link_says_whose_and_until_when(links: Links) -> None:
    appointment_id, user_id = new_id(), new_id()
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(days=6)
    url = links.manage_url(appointment_id, user_id, 3, end)
    assert url.startswith(f"{BASE}/m/")
    link = links.read_manage(token_of(url))
    assert link is not None
    assert (link.appointment_id, link.user_id, link.links_version) == (appointment_id, user_id, 3)
    assert link.expires_at == end + timedelta(days=7)


def test_a_link_ends_seven_days_after_the_appointment(links: Links) -> None:
    end = datetime.now(UTC) - timedelta(days=7, seconds=1)
    assert links.read_manage(token_of(links.manage_url(new_id(), new_id(), 1, end))) is None


def test_an_unsubscribe_link_says_who(links: Links) -> None:
    user_id = new_id()
    url = links.unsubscribe_url(user_id)
    assert url.startswith(f"{BASE}/u/")
    assert links.read_unsubscribe(token_of(url)) == user_id


def test_every_altered_bit_makes_a_link_void(links: Links) -> None:
    manage = token_of(links.manage_url(new_id(), new_id(), 1, datetime.now(UTC)))
    unsubscribe = token_of(links.unsubscribe_url(new_id()))
    for token, read in ((manage, links.read_manage), (unsubscribe, links.read_unsubscribe)):
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        for bit in range(len(raw) * 8):
            altered = bytearray(raw)
            altered[bit // 8] ^= 1 << bit % 8
            assert read(base64.urlsafe_b64encode(altered).decode().rstrip("=")) is None


@pytest.mark.parametrize("token", ["", "x", "%%", "ä", "A" * 72, "A" * 10_000, "\x00", "=" * 5])
def test_what_is_no_token_is_none(links: Links, token: str) -> None:
    assert links.read_manage(token) is None
    assert links.read_unsubscribe(token) is None


def test_one_kind_of_link_is_not_the_other(links: Links) -> None:
    manage = token_of(links.manage_url(new_id(), new_id(), 1, datetime.now(UTC)))
    assert links.read_unsubscribe(manage) is None
    assert links.read_manage(token_of(links.unsubscribe_url(new_id()))) is None


def test_links_of_a_former_key_go_on_working() -> None:
    now = datetime.now(UTC)
    manage = token_of(Links(BASE, [OLD_KEY]).manage_url(new_id(), new_id(), 1, now))
    assert Links(BASE, [KEY, OLD_KEY]).read_manage(manage) is not None
    assert Links(BASE, [KEY]).read_manage(manage) is None


def test_every_new_password_raises_the_links_version(make: Make) -> None:
    def version() -> int:
        return make.one("SELECT links_version FROM users WHERE id = %s", user.id)["links_version"]

    user = make.admin()
    before = version()
    make.db.execute(
        "INSERT INTO password_resets (secret_hash, user_id, expires_at) "
        "VALUES ('x', %s, now() + interval '1 hour')",
        [user.id],
    )
    assert make.one("SELECT outcome FROM reset_password('x', 'new')")["outcome"] == "changed"
    assert version() == before + 1
    assert make.one("SELECT reset_admin_password(%s, 'y') AS o", user.id)["o"] == "changed"
    assert version() == before + 2
    outcome = make.one("SELECT change_password(%s, 'y', 'z', NULL) AS o", user.id)["o"]
    assert (outcome, version()) == ("changed", before + 3)
