"""Codes that prove a telephone number: made, hashed, sealed; and how many may be sent."""

import hashlib
import hmac
import secrets
from uuid import UUID

from holdfast.config import Settings
from holdfast.http.ratelimit import Limit
from holdfast.http.sealing import Seal, seal_of
from holdfast.kernel.errors import invalid
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.channels.phones")
SEAL_PURPOSE = "phone codes"
TRIES = 5
DIGITS = 6

# Each code costs money, and there are people who earn with numbers that cost much. So codes are
# counted for the account, for the number whoever asks, for the address that asks, and for the
# number's country: who floods one country keeps only its own people waiting.
CODES_OF_USER = Limit("phone-code-user", hits=5, window_seconds=3600)
CODES_TO_NUMBER = Limit("phone-code-number", hits=5, window_seconds=3600)
CODES_FROM_ADDRESS = Limit("phone-code-address", hits=20, window_seconds=3600)
CODES_TO_COUNTRY = Limit("phone-code-country", hits=300, window_seconds=3600)


def new_code() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def code_hashes(settings: Settings, user_id: UUID, code: str) -> list[bytes]:
    """What the database keeps of a code: by the secret key in use, then by former ones.

    With a key, because a million codes are tried in a second.
    """
    assert settings.secret_key is not None
    keys = (settings.secret_key, *settings.secret_key_previous)
    message = b"phone code " + user_id.bytes + code.encode()
    return [
        hmac.new(key.get_secret_value().encode(), message, hashlib.sha256).digest() for key in keys
    ]


def number_key(settings: Settings, number: str) -> str:
    """What a number is counted by: the number itself is nothing for a table of counters."""
    assert settings.secret_key is not None
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, b"phone number " + number.encode(), hashlib.sha256).hexdigest()


def code_seal(settings: Settings) -> Seal:
    """Seals the code for the sender, who must write it into the message."""
    return seal_of(settings, SEAL_PURPOSE)


def check_takes_sms(number: str) -> str:
    """The calling code of the country, such as `49`.

    Raises:
        Refusal: `validation_failed` for a number that is none, or that no SMS should go to: of a
            service that costs extra, a pager, a voice mailbox.
    """
    import phonenumbers
    from phonenumbers import PhoneNumberType as Kind

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_valid_number(parsed):
        raise invalid("phone", "is not a telephone number that is in use")
    if phonenumbers.number_type(parsed) not in (
        Kind.MOBILE,
        Kind.FIXED_LINE_OR_MOBILE,
        Kind.FIXED_LINE,
        Kind.PERSONAL_NUMBER,
        Kind.VOIP,
    ):
        raise invalid("phone", "is not a number that can get text messages")
    return str(parsed.country_code)
