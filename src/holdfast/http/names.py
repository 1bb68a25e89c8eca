"""What a name may consist of: what a reader sees, in the order in which it is written (SPEC 4.1).

A name that looks like another's, or that turns the text around it, is a way to deceive.
"""

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point: shown as nothing, or changing the direction of what
# follows; and U+2800, which is a blank, and interlinear annotations. Without ZWNJ and ZWJ, which
# Persian, Indic scripts and emoji need.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
# They choose a form of the character before them, as in many emoji; without one they are hidden.
_SELECTOR = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_VISIBLE = ("L", "N", "P", "S")


def clean_name(value: str) -> str:
    """The name as it is.

    Raises:
        ValueError: it has nothing to see, or something that is not seen.
    """
    if _HIDDEN.search(value):
        raise ValueError("must not contain invisible or direction-changing characters")
    before = " "
    for character in value:
        if _SELECTOR.match(character) and not _is_visible(before):
            raise ValueError("must not contain invisible or direction-changing characters")
        before = character
    if not any(map(_is_visible, value)):
        raise ValueError("must have at least one visible character")
    return value


def _is_visible(character: str) -> bool:
    return unicodedata.category(character)[0] in _VISIBLE and not _HIDDEN.match(character)
