"""What preferences may look like. Violations are ValueErrors."""

import unicodedata
from typing import Any

PREFERENCES_MAX_DEPTH = 4
PREFERENCES_MAX_ENTRIES = 200
PREFERENCES_MAX_TEXT_CHARACTERS = 1000
# Beyond this neither JavaScript nor every JSON reader keeps a number as it is.
LARGEST_NUMBER = 2**53 - 1


def clean_preferences(value: dict[str, Any]) -> dict[str, Any]:
    """Any small JSON object whose values every reader understands alike."""
    entries = _check_preference(value, depth=1)
    if entries > PREFERENCES_MAX_ENTRIES:
        raise ValueError(f"must have at most {PREFERENCES_MAX_ENTRIES} entries in all")
    return value


def _check_preference(value: object, depth: int) -> int:
    """-> how many entries there are in it."""
    if depth > PREFERENCES_MAX_DEPTH + 1:
        raise ValueError(f"must be nested at most {PREFERENCES_MAX_DEPTH} deep")
    match value:
        case dict():
            for key in value:
                _check_preference(key, depth)
            return len(value) + sum(_check_preference(item, depth + 1) for item in value.values())
        case list():
            return len(value) + sum(_check_preference(item, depth + 1) for item in value)
        case str():
            if len(value) > PREFERENCES_MAX_TEXT_CHARACTERS:
                raise ValueError(
                    f"texts must have at most {PREFERENCES_MAX_TEXT_CHARACTERS} characters"
                )
            if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
                raise ValueError("must not contain control characters")
        case int() | float():
            # Written so that NaN is refused, too.
            if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
                raise ValueError("numbers must lie between -(2^53-1) and 2^53-1")
        case None:
            pass
        case _:
            raise ValueError("must be JSON")
    return 0
