"""Telephone numbers: what was typed, as any network understands it (E.164)."""

from holdfast.kernel.errors import invalid


def e164(typed: str | None, region: str) -> str | None:
    """The number with its country's code, such as +491715556677; None for none.

    Args:
        region: whose number it is when it has no code (`HOLDFAST_PHONE_REGION`).
    Raises:
        Refusal: `validation_failed` when no such number can be: too short, too long, a country
            that there is not.
    """
    if typed is None:
        return None
    number = _read(typed, region)
    if number is None:
        raise invalid("phone", "is not a telephone number: is a digit missing, or one too many?")
    return number


def number_looked_for(q: str, region: str) -> str | None:
    """The number that a search text is as a whole; None when it is none."""
    return _read(q, region) if any(character.isdigit() for character in q) else None


def _read(text: str, region: str) -> str | None:
    # Imported at the first number: its tables are for those who need them.
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
