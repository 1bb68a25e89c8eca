"""What is wrong with a request, in plain words, for what the validation library finds.

Its own words speak of its types and of Python's ("Input should be a valid dictionary"). Here each
kind of error has a sentence that goes on from the field's name: "limit: must be at most 100".
"""

from collections.abc import Mapping, Sequence
from typing import Any

ERRORS_LIMIT = 50
NAME_CHARACTERS = 100

_OBJECT = "must be an object"
_TEXT = "must be text"
_WHOLE_NUMBER = "must be a whole number"
_NUMBER = "must be a number"
_LIST = "must be a list"
_TRUE_OR_FALSE = "must be true or false"
_DATE = "must be a date such as 2026-03-02"
_TIME = "must be an RFC 3339 time such as 2026-03-02T09:00:00Z"
_ID = "must be an id such as 01a1fdb6-e409-7cf5-a915-191034764261"
_URL = "must be a web address such as https://example.org/"
OTHERWISE = "is not valid"

# By the library's code. Braces stand for what it says besides.
WORDS: dict[str, str] = {
    "missing": "is needed",
    "extra_forbidden": "is not a field of this request",
    "invalid_key": "must have names that are text",
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "iterable_type": _LIST,
    "string_type": _TEXT,
    "string_unicode": "must be text in Unicode",
    "string_not_ascii": "must have ASCII characters only",
    "bytes_type": _TEXT,
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": "is too large a number",
    "int_from_float": _WHOLE_NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "bool_type": _TRUE_OR_FALSE,
    "bool_parsing": _TRUE_OR_FALSE,
    "none_required": "must be null",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "date_past": "must be in the past",
    "date_future": "must be in the future",
    "time_type": "must be a time of day such as 09:00",
    "time_parsing": "must be a time of day such as 09:00",
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_object_invalid": _TIME,
    "datetime_from_date_parsing": _TIME,
    "datetime_past": "must be in the past",
    "datetime_future": "must be in the future",
    "timezone_naive": "must have no time zone",
    "timezone_aware": "must have a time zone, for example a trailing Z",
    "timezone_offset": "must have another time zone",
    "uuid_type": _ID,
    "uuid_parsing": _ID,
    "uuid_version": _ID,
    "url_type": _URL,
    "url_parsing": _URL,
    "url_syntax_violation": _URL,
    "url_scheme": "must be a web address that begins with {expected_schemes}",
    "recursion_loop": "is nested too deep",
    "recursion_depth_exceeded": "is nested too deep",
}
# Limits of how much: the singular, the plural, and which number.
_COUNTED: dict[str, tuple[str, str, str]] = {
    "string_too_short": ("at least", "character", "min_length"),
    "string_too_long": ("at most", "character", "max_length"),
    "bytes_too_short": ("at least", "byte", "min_length"),
    "bytes_too_long": ("at most", "byte", "max_length"),
    "url_too_long": ("at most", "character", "max_length"),
    "decimal_max_digits": ("at most", "digit", "max_digits"),
    "decimal_max_places": ("at most", "digit", "decimal_places"),
    "decimal_whole_digits": ("at most", "digit", "whole_digits"),
}
# What a pattern of the API asks for. A test insists that each has its words here.
PATTERNS: dict[str, str] = {
    r"^[\x21-\x7e]+$": "must be printable ASCII without spaces",
    r"^[^\x00]*$": "must not contain control characters",
    r"^[A-Z]{3}$": "must be a currency code of three capital letters such as EUR",
    r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$": (
        "must be a language and a country such as de-DE"
    ),
    r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$": "must be a time of day such as 09:00",
    r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$": "must be a time of day such as 17:00 or 24:00",
}


def errors_of(found: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """`details.errors` of a problem: the first ones, each with its field as the wire names it."""
    return [
        {"field": field_of(item["loc"]), "message": words_of(item["type"], item)}
        for item in found[:ERRORS_LIMIT]
    ]


def field_of(location: Sequence[int | str]) -> str:
    """`weekly.0.start` for where the library found something."""
    parts = [str(part) for part in location]
    if len(parts) > 1 and parts[0] in ("body", "query", "path", "header", "cookie"):
        parts = parts[1:]
    return ".".join(parts)


def words_of(code: str, error: Mapping[str, Any]) -> str:
    """The sentence for one error.

    Args:
        code: the library's.
        error: what it says about it: `ctx`, and for our own rules `msg`.
    """
    context: Mapping[str, Any] = error.get("ctx") or {}
    if code in ("value_error", "assertion_error"):
        return _own_words(error.get("msg", ""))
    if code == "string_pattern_mismatch":
        return PATTERNS.get(context.get("pattern", ""), OTHERWISE)
    if code in ("too_short", "too_long"):
        return _how_many(code, context)
    if code in _COUNTED:
        how, thing, limit = _COUNTED[code]
        if code == "string_too_short" and context.get(limit) == 1:
            return "must not be empty"
        return _count(how, context.get(limit, 0), thing, thing + "s")
    if code in ("enum", "literal_error"):
        return WORDS[code].format(expected=_choices(str(context.get("expected", ""))))
    try:
        return WORDS.get(code, OTHERWISE).format(**context)
    except KeyError:
        return OTHERWISE


def _own_words(message: str) -> str:
    """What a rule of ours says; the library puts words of its own before them."""
    for prefix in ("Value error, ", "Assertion failed, "):
        message = message.removeprefix(prefix)
    return message or OTHERWISE


def _how_many(code: str, context: Mapping[str, Any]) -> str:
    how, limit = ("at least", "min_length") if code == "too_short" else ("at most", "max_length")
    return _count(how, context.get(limit, 0), "entry", "entries")


def _count(how: str, number: int, one: str, several: str) -> str:
    return f"must have {how} {number} {one if number == 1 else several}"


def _choices(expected: str) -> str:
    """`a, b or c`, without the quotes of the library."""
    return expected.replace("'", "")
