"""What may be reached from here, address by address and URL by URL (SPEC-deliveries §5)."""

import re
from pathlib import Path

import pytest

from holdfast.deliveries.addresses import Guard

PUBLIC = (
    "8.8.8.8",
    "93.184.216.34",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
)
PRIVATE = (
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "localhost",
    "",
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached_by_https_only(address: str) -> None:
    assert Guard().is_allowed(address, is_secure=True)
    assert not Guard().is_allowed(address, is_secure=False)
    assert not Guard(["10.0.0.0/8"]).is_allowed(address, is_secure=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_all_others_are_reached_by_nothing(address: str) -> None:
    assert not Guard().is_allowed(address, is_secure=True)
    assert not Guard(["203.0.113.0/24"]).is_allowed(address, is_secure=True)


def test_allowed_networks_are_reached_also_by_http() -> None:
    guard = Guard(["10.0.0.0/8", "fd00::/8"])
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "fd12::1"):
        assert guard.is_allowed(address, is_secure=True)
        assert guard.is_allowed(address, is_secure=False)
    for address in ("127.0.0.1", "192.168.0.1", "fe80::1"):
        assert not guard.is_allowed(address, is_secure=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://example.org:8443/hooks?key=1",
        "https://8.8.8.8/x",
        "https://[2606:4700:4700::1111]/x",
        "https://bücher.example/x",
    ],
)
def test_urls_that_are_well(url: str) -> None:
    assert Guard().objection(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org",
        "http://example.org",
        "HTTP://example.org",
        "ftp://example.org",
        "file:///etc/passwd",
        "gopher://example.org",
        "javascript:alert(1)",
        "https://",
        "https:///x",
        "https://user@example.org",
        "https://user:password@example.org",
        "https://:@example.org",
        "https://@example.org",
        "https://example.org#part",
        "https://example.org:0",
        "https://example.org:65536",
        "https://example.org:x",
        "https://exa mple.org",
        "https://example.org/\r\nHost: x",
        "https://example.org/\x00",
        "https://example.org\\@127.0.0.1/",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://localhost",
        "https://LOCALHOST./",
        "https://a.localhost",
        "https://127.0.0.1",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://0177.0.0.1",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://" + "a" * 2000,
    ],
)
def test_urls_that_are_not(url: str) -> None:
    objection = Guard().objection(url)
    assert objection and len(objection) < 100


def test_http_is_for_allowed_networks() -> None:
    guard = Guard(["127.0.0.0/8"])
    for url in ("http://127.0.0.1:9/x", "http://localhost:9/", "http://sink.internal/"):
        assert guard.objection(url) is None
    assert guard.objection("http://8.8.8.8/")
    assert guard.objection("http://10.0.0.1/")
    assert guard.objection("https://10.0.0.1/")


def test_nobody_else_asks_others() -> None:
    """What import-linter cannot see: modules of Python itself."""
    source = Path(__file__).parents[2] / "src/holdfast"
    ways = re.compile(r"urllib\.request|http\.client|urlopen|open_connection\(")
    found = {
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if ways.search(path.read_text())
    }
    # The doctor asks this machine's own server.
    assert found == {"doctor/host.py"}
