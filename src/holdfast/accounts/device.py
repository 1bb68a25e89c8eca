"""From where a request came: kept so that people recognise what was done in their name."""

from dataclasses import dataclass

from starlette.types import Scope

ADDRESS_MAX_CHARACTERS = 64
USER_AGENT_MAX_CHARACTERS = 256


@dataclass(frozen=True, slots=True)
class Device:
    """An address and what the program there calls itself; None where it does not say."""

    address: str | None
    user_agent: str | None


def device_of(scope: Scope) -> Device:
    client = scope.get("client")
    return Device(
        _optional(client[0] if client else None, ADDRESS_MAX_CHARACTERS),
        _optional(_user_agent(scope), USER_AGENT_MAX_CHARACTERS),
    )


def visible(text: str, limit: int) -> str:
    """The text without what cannot be seen, cut to `limit` characters."""
    if not text.isprintable():
        text = "".join(filter(str.isprintable, text))
    return text[:limit]


def _user_agent(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"user-agent":
            return value.decode("latin-1")
    return None


def _optional(text: str | None, limit: int) -> str | None:
    return visible(text, limit) if text else None
