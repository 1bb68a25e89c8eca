"""Who sends messages to people has to know where their links lead (SPEC-deliveries §7)."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from holdfast.config import Settings, SettingsError, check_public_url
from holdfast.kernel.p256 import new_private_key
from tests.support.server import run_command

WAYS = {
    "smtp_url": "smtp://127.0.0.1:1",
    "sms_url": "https://account:token@sms.example.org/Messages.json?from=+491511234567",
    "vapid_private_key": new_private_key(),
}


@pytest.mark.parametrize("name", WAYS)
def test_each_way_needs_it(name: str) -> None:
    given: dict[str, Any] = {name: SecretStr(WAYS[name])}
    with pytest.raises(SettingsError, match="HOLDFAST_PUBLIC_URL") as refused:
        check_public_url(Settings(**given))
    assert f"HOLDFAST_{name.upper()}" in str(refused.value)
    assert WAYS[name] not in str(refused.value)
    check_public_url(Settings(**given, public_url="https://book.example.org"))


def test_without_any_there_is_nothing_to_refuse() -> None:
    check_public_url(Settings())


@pytest.mark.parametrize("command", ["serve", "api", "worker"])
def test_servers_refuse_to_start(tmp_path: Path, command: str) -> None:
    env = {f"HOLDFAST_{name.upper()}": value for name, value in WAYS.items()}
    refused = run_command(tmp_path, command, env={**env, "HOLDFAST_PUBLIC_URL": None})
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    for name in ("PUBLIC_URL", "SMTP_URL", "SMS_URL", "VAPID_PRIVATE_KEY"):
        assert f"HOLDFAST_{name}" in refused.stderr
    assert list(tmp_path.glob("data/*")) == []
