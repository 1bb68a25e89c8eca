"""`serve --demo` answers only the machine that it runs on (SPEC §2)."""

import pytest

from holdfast.config import Settings, SettingsError, check_demo_is_local


@pytest.mark.parametrize(
    ("host", "public_url"),
    [
        ("127.0.0.1", None),
        ("127.0.0.2", "http://localhost:8088"),
        ("::1", "http://[::1]:8088"),
        ("localhost", "https://holdfast.localhost"),
    ],
)
def test_a_loopback_address_is_served(host: str, public_url: str | None) -> None:
    check_demo_is_local(Settings(host=host, public_url=public_url))


@pytest.mark.parametrize(
    ("host", "public_url", "named"),
    [
        ("0.0.0.0", None, "HOLDFAST_HOST: 0.0.0.0"),
        ("::", None, "HOLDFAST_HOST: ::"),
        ("192.168.1.2", None, "HOLDFAST_HOST"),
        ("example.org", None, "HOLDFAST_HOST"),
        ("127.0.0.1.example.org", None, "HOLDFAST_HOST"),
        ("127.0.0.1", "https://demo.example", "HOLDFAST_PUBLIC_URL: https://demo.example"),
        ("127.0.0.1", "http://localhost.example", "HOLDFAST_PUBLIC_URL"),
        ("127.0.0.1", "http://10.0.0.1:8088", "HOLDFAST_PUBLIC_URL"),
    ],
)
def test_another_address_is_refused_and_named(
    host: str, public_url: str | None, named: str
) -> None:
    with pytest.raises(SettingsError, match=named):
        check_demo_is_local(Settings(host=host, public_url=public_url))


def test_nothing_but_the_command_makes_a_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOLDFAST_IS_DEMO", "HOLDFAST__IS_DEMO", "HOLDFAST_DEMO"):
        monkeypatch.setenv(name, "true")
    settings = Settings()
    assert not settings.is_demo
    assert settings.for_demo().is_demo
    assert not settings.is_demo
    assert settings.for_demo().model_copy(update={"port": 1}).is_demo
