"""What a new password may be (SPEC 4.1): long, not among the first guesses, not one's own name."""

import unicodedata
from functools import cache
from importlib.resources import files

from holdfast.kernel.errors import invalid

PASSWORD_MIN_CHARACTERS = 10
PASSWORD_MAX_CHARACTERS = 256


def normalised_password(value: str) -> str:
    """The form that is hashed: however it was typed, the same characters are the same password."""
    return unicodedata.normalize("NFKC", value)


def clean_password(value: str) -> str:
    """A new password in the form that is hashed; no rules on which characters it contains.

    Raises:
        ValueError: it is too short or too long, or among the first that anybody would try.
    """
    if len(value) > PASSWORD_MAX_CHARACTERS:
        raise ValueError(f"must have at most {PASSWORD_MAX_CHARACTERS} characters")
    password = normalised_password(value)
    if len(password) < PASSWORD_MIN_CHARACTERS:
        raise ValueError(f"must have at least {PASSWORD_MIN_CHARACTERS} characters")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in password):
        raise ValueError("must not contain control characters")
    if not password.strip():
        raise ValueError("must not be blank")
    compared = _compared(password)
    if len(set(compared.strip())) == 1:
        raise ValueError("must not be one character repeated")
    if compared in _common() or compared.strip() in _common():
        raise ValueError("is one of the most common passwords")
    return password


def check_not_own(
    password: str, *, email: str | None, name: str | None, field: str = "password"
) -> None:
    """Refuse a password that is the account's address, the part before the @, or the name.

    Raises:
        Refusal: `validation_failed`, naming `field`.
    """
    compared = _squeezed(password)
    own = {
        _squeezed(email or ""),
        _squeezed((email or "").partition("@")[0]),
        _squeezed(name or ""),
    }
    if compared in own:
        raise invalid(field, "must not be the e-mail address or the name")


def _compared(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _squeezed(text: str) -> str:
    """Without what separates words: `Kim Example` and `kimexample` are one guess."""
    return "".join(_compared(text).split())


@cache
def _common() -> frozenset[str]:
    text = files("holdfast.accounts").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))
