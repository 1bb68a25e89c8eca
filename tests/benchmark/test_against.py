"""Two checkouts measured in turns: here one against itself."""

import sys

import pytest
from bench import against


@pytest.mark.long
def test_a_checkout_is_measured_against_another(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["against", str(against.HERE), "--rounds", "2", "--each", "2"]
    monkeypatch.setattr(sys, "argv", words)
    assert against.main() == 0
    out = capfd.readouterr().out
    for operation in ("reserve", "book", "reschedule", "cancel", "list", "availability, 304"):
        assert operation in out
