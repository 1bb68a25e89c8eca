"""A real server on embedded PostgreSQL with the built web app, and real Chromium in front of it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.support import MakeWithPasswords, Visitors
from tests.support.make import Make
from tests.support.scratch import scratch
from tests.support.server import Server
from tests.support.smtp import SmtpThread

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
# It speaks to nobody but the server.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """The program; `make test` installs it or says how."""
    named = os.environ.get("HOLDFAST_TEST_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    assert found, "no Chromium: run tools/ensure-chromium"
    return found


def headless_shell() -> str:
    """Chromium without its windows, which is faster; else Chromium itself."""
    named = os.environ.get("HOLDFAST_TEST_CHROMIUM")
    return named or shutil.which("chromium-headless-shell") or chromium()


@pytest.fixture(scope="session")
def mail() -> Iterator[SmtpThread]:
    """The mail server of the site."""
    with SmtpThread() as mails:
        yield mails


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, mail: SmtpThread) -> Iterator[Server]:
    """`holdfast serve` for all browser tests of this process: each makes people of its own."""
    env = {"HOLDFAST_SMTP_URL": mail.url, "HOLDFAST_OUTBOUND_ALLOW": "127.0.0.0/8"}
    with scratch(tmp_path_factory.mktemp("site")) as folder, Server(folder, env=env) as server:
        page = server.wait_for("/", 200).text
        assert 'id="root"' in page, "the web app is not built: run make web"
        yield server
        server.stop()


@pytest.fixture(scope="session")
def make(site: Server) -> Iterator[Make]:
    """Factories for rows of the server's database; everybody has a password."""
    make = MakeWithPasswords(site.owner_url)
    yield make
    make.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=headless_shell(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visitors(browser: Browser, site: Server) -> Iterator[Visitors]:
    """Opens windows for people; at the end none may have complained on its console or asked
    another origin for anything."""
    with ExitStack() as stack:
        visitors = Visitors(browser, site.url, stack)
        yield visitors
        visitors.check()
