"""What an e-mail address and a telephone number may look like, of people and of places."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

EMAIL_MAX_CHARACTERS = 254
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


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=EMAIL_MAX_CHARACTERS),
    AfterValidator(clean_email),
    Field(
        json_schema_extra={"format": "email"},
        examples=["kim@example.org"],
        description="Upper and lower case make no difference.",
    ),
]
Phone = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=40),
    AfterValidator(clean_phone),
    Field(json_schema_extra={"pattern": PHONE_PATTERN}, examples=["+49 30 1234567"]),
]
