"""An administrator connects another system: a real receiver that checks each signature."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook, WebhookVerificationError

from tests.e2e.support import PHONE, Visitors, look, no_barriers, no_sideways_scrolling
from tests.support.make import Make

NAME = "Waiting room display"


class Receiver(ThreadingHTTPServer):
    """Takes what is signed with one of its secrets."""

    daemon_threads = True

    def __init__(self) -> None:
        self.secrets: list[str] = []
        self.signatures: list[int] = []
        super().__init__(("127.0.0.1", 0), _Request)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def takes(self, body: bytes, headers: dict[str, str]) -> bool:
        self.signatures.append(len(headers["webhook-signature"].split()))
        for secret in self.secrets:
            try:
                Webhook(secret).verify(body, headers)
            except WebhookVerificationError:
                continue
            return True
        return False


class _Request(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        is_taken = self.server.takes(body, headers)
        self.send_response(200 if is_taken else 401)
        self.end_headers()
        self.wfile.write(b"thank you" if is_taken else b"bad signature")

    def log_message(self, format: str, *_: object) -> None:
        """The tests' output is no access log."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


def secret_of(page: Page) -> str:
    dialog = page.get_by_role("dialog", name="The secret of this endpoint")
    secret = dialog.get_by_label("Secret").input_value()
    assert secret.startswith("whsec_")
    # It is shown this once: neither Escape nor a tap beside it loses it.
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    no_barriers(page)
    dialog.get_by_role("button", name="I have kept it").click()
    expect(dialog).to_be_hidden()
    return secret


def create(page: Page, url: str) -> str:
    page.get_by_role("button", name="New endpoint").click()
    page.get_by_label("Address").fill(url)
    page.get_by_label("Name").fill(NAME)
    page.get_by_role("button", name="Create").click()
    return secret_of(page)


def test_from_the_first_address_to_a_second_secret(
    visitors: Visitors, make: Make, receiver: Receiver
) -> None:
    page = visitors.open("/admin/webhooks", make.admin())
    page.get_by_role("button", name="New endpoint").click()
    page.get_by_label("Address").fill("http://192.168.0.7/hook")
    page.get_by_role("button", name="Create").click()
    address = page.get_by_label("Address")
    expect(address).to_have_attribute("aria-invalid", "true")
    no_barriers(page)
    page.get_by_role("button", name="Cancel").click()

    first = create(page, receiver.url)
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    assert first not in page.content()

    test = page.get_by_role("dialog", name="Send a test")
    page.get_by_role("button", name="Test", exact=True).click()
    test.get_by_role("button", name="Send the test").click()
    expect(test.get_by_text(re.compile("It was not accepted: 401"))).to_be_visible()
    expect(test.get_by_text("bad signature")).to_be_visible()
    no_barriers(page)
    receiver.secrets.append(first)
    test.get_by_role("button", name="Send the test").click()
    expect(test.get_by_text(re.compile("It was accepted: answer 200"))).to_be_visible()
    look(page, "webhook-test")
    test.get_by_role("button", name="Close").first.click()

    page.get_by_role("button", name="New secret").click()
    page.get_by_label("Both are valid for").select_option("24")
    page.get_by_role("button", name="Yes, replace").click()
    second = secret_of(page)
    assert second != first
    expect(page.get_by_text(re.compile(r"valid for (23 h 5\d|24 h 0) min"))).to_be_visible()
    receiver.secrets[:] = [second]
    page.get_by_role("button", name="Test", exact=True).click()
    test.get_by_role("button", name="Send the test").click()
    expect(test.get_by_text(re.compile("It was accepted"))).to_be_visible()
    assert receiver.signatures == [1, 1, 2]


def test_a_replay_is_counted_before_it_is_sent(
    visitors: Visitors, make: Make, receiver: Receiver
) -> None:
    page = visitors.open("/admin/webhooks", make.admin(), size=PHONE)
    receiver.secrets.append(create(page, receiver.url))
    page.get_by_role("button", name="Replay").click()
    dialog = page.get_by_role("dialog", name="Send events again")
    dialog.get_by_role("button", name="Count first").click()
    expect(dialog.get_by_role("status")).to_have_text(re.compile("would be sent|No event fits"))
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, "webhook-replay-phone")
    dialog.get_by_role("button", name="Cancel").click()

    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("The endpoint is switched off.")).to_be_visible()
    expect(page.get_by_role("button", name="Replay")).to_be_disabled()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("button", name="Replay")).to_be_enabled()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="No, keep").click()
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Yes, remove").click()
    expect(page.get_by_text("The endpoint was removed.")).to_be_visible()
