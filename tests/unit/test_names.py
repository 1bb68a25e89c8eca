"""What a name may consist of (SPEC 4.1)."""

import unicodedata

import pytest

from holdfast.http.names import clean_name

JOINERS = "\u200c\u200d"


@pytest.mark.parametrize(
    "name",
    [
        "Kim",
        "Élodie Roux",
        "O'Neil-Smith, Jr.",
        "山田 太郎",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # ZWNJ, in Persian
        "Dr. \U0001f469\u200d\u2695\ufe0f",  # an emoji of several parts
        "श्री\u200dमान",
        "Room 3 ❤\ufe0f",
        "\u0605 12",  # an Arabic number mark, which is seen
    ],
)
def test_names_of_all_scripts_stay(name: str) -> None:
    assert clean_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("\u200b", "\u200d", "\u3164", "\u2800", "\u00a0", "\u0301", " \u200c ", "\ufe0f"),
        *(f"Kim{hidden}Lee" for hidden in "\u00ad\u061c\u115f\u180e\u200b\u200e\u200f\u2028"),
        *(f"Kim{hidden}Lee" for hidden in "\u202a\u202e\u2060\u2066\u2069\u2800\u3164\ufeff"),
        *(f"Kim{hidden}Lee" for hidden in "\uffa0\ufff9\U000e0001\U000e0041"),
        "Kim \ufe0fLee",
        "Kim\ufe0f\ufe0fLee",
    ],
)
def test_what_is_not_seen_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="visible"):
        clean_name(name)


def test_every_format_character_but_joiners_and_visible_marks_is_refused() -> None:
    kept = set()
    for code in range(0x110000):
        character = chr(code)
        if unicodedata.category(character) == "Cf":
            try:
                clean_name(f"a{character}b")
                kept.add(code)
            except ValueError:
                pass
    visible = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
    hieroglyph_joiners = range(0x13430, 0x13440)
    assert kept - visible - set(hieroglyph_joiners) == set(map(ord, JOINERS))
