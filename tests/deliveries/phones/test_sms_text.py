"""How long an SMS is (3GPP TS 23.038; FACTS: one curly quote makes 160 characters 70)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.notifications.templates.sms_text import MAXIMUM_SEGMENTS, fitted, sms_text


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("a" * 459, "GSM-7", 3),
        ("a" * 460, "GSM-7", 4),
        ("\u20ac" * 80, "GSM-7", 1),
        ("\u20ac" * 81, "GSM-7", 2),
        # Two septets are not split: 152 and 1 fit, the sign begins the second part.
        ("a" * 152 + "\u20ac" + "a" * 152, "GSM-7", 3),
        ("\u00e4\u00f6\u00fc\u00df\u00c4\u00d6\u00dc\u00e9\u00e0\u00f1", "GSM-7", 1),
        ("\u201eGuten Tag\u201c \u2013 \u2019s ist so\u2026" + "a" * 100, "GSM-7", 1),
        ("\u00e7" + "a" * 69, "UCS-2", 1),  # GSM-7 has the capital one only
        ("\u0142" + "a" * 70, "UCS-2", 2),
        ("\u0142" * 134, "UCS-2", 2),
        ("\u0142" * 135, "UCS-2", 3),
        ("\U0001f600" * 35, "UCS-2", 1),
        ("\U0001f600" * 36, "UCS-2", 2),
        # Nor are the two halves of an emoji: 33 to a part.
        ("\U0001f600" * 66, "UCS-2", 2),
        ("\U0001f600" * 67, "UCS-2", 3),
    ],
)
def test_segments_are_counted_as_networks_do(text: str, encoding: str, segments: int) -> None:
    counted = sms_text(text)
    assert (counted.encoding, counted.segments) == (encoding, segments)


@given(st.text(max_size=1200))
def test_what_is_sent_always_fits(text: str) -> None:
    assert sms_text(fitted(text)).segments <= MAXIMUM_SEGMENTS


@pytest.mark.parametrize("letter", ["a", "\u0142"])
def test_the_link_stays(letter: str) -> None:
    link = "https://appointments.example.org/m/" + "x" * 90
    sent = fitted(f"{letter * 900} {link}")
    assert sent.endswith(f"... {link}")
    assert sent.startswith(letter * 20)
