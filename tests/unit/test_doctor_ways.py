"""What the doctor says of SMS, push messages and the address that links lead to."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pydantic import SecretStr

from holdfast.config import Settings
from holdfast.doctor.ways import check_public_address, check_push, check_sms
from holdfast.kernel.p256 import new_private_key


@contextmanager
def gateway(status: int) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Its host with port, and how it was asked: method and account."""
    asked: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            asked.append((self.command, self.headers["authorization"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = _answer

        def log_message(self, *_: Any) -> None:  # type: ignore[override]
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def settings_for(place: str, query: str = "?from=%2B491511234567", **more: Any) -> Settings:
    url = f"http://account:to%2Fken@{place}/Messages.json{query}"
    return Settings(sms_url=SecretStr(url), **{"outbound_allow": ("127.0.0.0/8",), **more})


@pytest.mark.parametrize(
    ("status", "verdict", "said"),
    [
        (200, "good", "takes the account"),
        (405, "good", "cannot be tried"),
        (401, "bad", "refuses the account"),
        (403, "bad", "refuses the account"),
        (404, "bad", "nothing at this path"),
        (503, "bad", "in trouble"),
    ],
)
def test_the_gateway_is_asked_and_nothing_sent(status: int, verdict: str, said: str) -> None:
    with gateway(status) as (place, asked):
        found = check_sms(settings_for(place))
    assert (found.verdict, said in found.said) == (verdict, True), found
    assert asked == [("GET", "Basic " + base64.b64encode(b"account:to/ken").decode())]
    assert "to/ken" not in found.said + found.remedy


def test_a_gateway_that_cannot_be_reached() -> None:
    away = check_sms(settings_for("127.0.0.1:1"))
    assert (away.verdict, "HOLDFAST_SMS_URL" in away.remedy) == ("bad", True)
    private = check_sms(settings_for("127.0.0.1:1", outbound_allow=()))
    assert (private.verdict, "HOLDFAST_OUTBOUND_ALLOW" in private.remedy) == ("bad", True)
    nameless = check_sms(settings_for("127.0.0.1:1", query=""))
    assert (nameless.verdict, "?from=" in nameless.said) == ("bad", True)
    assert check_sms(Settings()).verdict == "skipped"


def test_the_key_for_push_loads_and_fits(tmp_path: Path) -> None:
    given, kept = new_private_key(), tmp_path / "vapid_private_key"
    with_key = Settings(vapid_private_key=SecretStr(given), data_dir=tmp_path)
    without = Settings(data_dir=tmp_path)
    assert check_push(without).verdict == "skipped"
    assert check_push(with_key).verdict == "good"
    kept.write_text(given + "\n")
    assert check_push(with_key).verdict == check_push(without).verdict == "good"
    kept.write_text(new_private_key() + "\n")
    other = check_push(with_key)
    assert (other.verdict, "another key" in other.said) == ("bad", True)
    assert given not in other.said
    kept.write_text("no key\n")
    assert check_push(without).verdict == "bad"
    external = Settings(database_url=SecretStr("postgresql://localhost/x"), data_dir=tmp_path)
    assert check_push(external).verdict == "skipped"


def test_where_links_lead() -> None:
    sms = SecretStr("https://a:b@sms.example.org/?from=1")
    assert check_public_address(Settings()).verdict == "skipped"
    missing = check_public_address(Settings(sms_url=sms))
    assert (missing.verdict, "HOLDFAST_PUBLIC_URL" in missing.remedy) == ("bad", True)
    known = Settings(sms_url=sms, public_url="https://book.example.org")
    assert check_public_address(known).verdict == "good"
