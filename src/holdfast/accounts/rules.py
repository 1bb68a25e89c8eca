"""What an e-mail address, a number and preferences may look like. Violations are ValueErrors."""

import re
import unicodedata
from typing import Any

EMAIL_MAX_CHARACTERS = 254
PREFERENCES_MAX_DEPTH = 4
PREFERENCES_MAX_ENTRIES = 200
PREFERENCES_MAX_TEXT_CHARACTERS = 1000
# Beyond this neither JavaScript nor every JSON reader keeps a number as it is.
LARGEST_NUMBER = 2**53 - 1
PHONE_PATTERN = r"^[+(]?[0-9][0-9 ()./-]{2,38}$"

# RFC 5321's dot-string with any letters (RFC 6531). Nobody has a quoted local part.
_LOCAL_PART = re.compile(r"""[^\s.@"(),:;<>\[\]\\]+(?:\.[^\s.@"(),:;<>\[\]\\]+)*""")
_DOMAIN_LABEL = re.compile(r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?")


def clean_email(value: str) -> str:
    """The address trimmed, otherwise as it was given.

    Whether it can be reached shows when mail is sent: private networks have names that the public
    one has not.
    """
    address = unicodedata.normalize("NFC", value.strip())
    local, at, domain = address.rpartition("@")
    labels = domain.split(".")
    if not (
        at
        and len(address) <= EMAIL_MAX_CHARACTERS
        and address.isprintable()
        and len(local.encode("utf-8", "replace")) <= 64
        and _LOCAL_PART.fullmatch(local)
        and all(_DOMAIN_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
        and (len(labels) > 1 or domain.lower() == "localhost")
    ):
        raise ValueError("must be an e-mail address such as kim@example.org")
    return address


def clean_phone(value: str) -> str:
    if not re.fullmatch(PHONE_PATTERN, value):
        raise ValueError("must be a telephone number such as +49 30 1234567")
    return value


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
