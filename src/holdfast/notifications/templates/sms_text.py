"""An SMS as a telephone network counts it (3GPP TS 23.038).

Letters of GSM-7 go 160 to a message, or 153 to each part of a longer one. One letter that it lacks,
a curly quote or a Polish l, makes the whole message UCS-2: 70, or 67 to a part.
"""

from dataclasses import dataclass
from typing import Literal

MAXIMUM_SEGMENTS = 3

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€\f")  # two septets each
# What looks well in print and says nothing more than the plain sign.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u0060", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\t", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
        "\u2026": "...",
        "\u2022": "-",
        "\u00b7": "-",
    }
)


@dataclass(frozen=True, slots=True)
class SmsText:
    """A text as it is sent, and how many messages it takes."""

    text: str
    encoding: Literal["GSM-7", "UCS-2"]
    segments: int


def sms_text(text: str) -> SmsText:
    """Replace typographic characters, and count."""
    plain = text.translate(_PLAIN).strip()
    if all(character in _GSM or character in _GSM_EXTENDED for character in plain):
        units = [2 if character in _GSM_EXTENDED else 1 for character in plain]
        return SmsText(plain, "GSM-7", _segments(units, 160, 153))
    units = [2 if ord(character) > 0xFFFF else 1 for character in plain]
    return SmsText(plain, "UCS-2", _segments(units, 70, 67))


def _segments(units: list[int], alone: int, part: int) -> int:
    """No character is split between two parts."""
    if sum(units) <= alone:
        return 1
    parts, used = 1, 0
    for unit in units:
        if used + unit > part:
            parts, used = parts + 1, 0
        used += unit
    return parts


def fitted(text: str) -> str:
    """The text as it is sent: what takes more than MAXIMUM_SEGMENTS is cut at the end.

    A template's samples are short enough; a message may be longer all the same, by a long name.
    """
    counted = sms_text(text)
    if counted.segments <= MAXIMUM_SEGMENTS:
        return counted.text
    # The link at the end is what the message is for.
    words, _, link = counted.text.rpartition(" ")
    if not link.startswith(("https://", "http://")):
        words, link = counted.text, ""
    end = f"... {link}".rstrip()
    fits, too_long = 0, len(words)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if sms_text(words[:middle] + end).segments <= MAXIMUM_SEGMENTS:
            fits = middle
        else:
            too_long = middle
    return words[:fits].rstrip() + end
