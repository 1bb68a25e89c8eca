"""The words that come with Holdfast: one file per language, purpose and channel.

`builtin/{language}/{purpose}.{channel}.jinja`: the subject (a push message's title), then after a
line `--- text` the text, and after `--- html` a mail's HTML part. A line `@facts` stands for
`facts.text` or `facts.html` of the language: what, when, with whom and where.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from holdfast.notifications.templates.formats import FALLBACK

LANGUAGES = ("en", "de")
APPOINTMENT_PURPOSES = ("requested", "confirmed", "rescheduled", "cancelled", "reminder", "no_show")
PURPOSES: dict[str, tuple[str, ...]] = {
    "email": (
        *APPOINTMENT_PURPOSES,
        *("password_reset", "endpoint_disabled", "calendar_trouble", "calendar_conflict"),
    ),
    "sms": ("confirmed", "rescheduled", "cancelled", "reminder", "phone_code"),
    "push": ("confirmed", "rescheduled", "cancelled", "reminder"),
}
# A purpose: a message to oneself. And a channel: a push message that tells a bystander nothing.
TEST = "test"
PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Source:
    """A template as it was written. Only mails have HTML, and an SMS has no subject."""

    subject: str | None
    text: str
    html: str | None


@cache
def builtin(purpose: str, channel: str, locale: str) -> tuple[str, Source] | None:
    """The language in which there is a built-in template, and the template; English where there is
    none in the locale's; None when there is none at all."""
    for language in (locale.partition("-")[0], FALLBACK):
        path = files("holdfast.notifications.templates") / "builtin" / language
        file = path / f"{purpose}.{channel}.jinja"
        if language in LANGUAGES and file.is_file():
            facts = {part: (path / f"facts.{part}").read_text("utf-8") for part in ("text", "html")}
            return language, _read(file.read_text("utf-8"), facts)
    return None


def exists(purpose: str, channel: str) -> bool:
    """Whether a house may have its own words for this."""
    return purpose in PURPOSES.get(channel, ())


def _read(written: str, facts: dict[str, str]) -> Source:
    head, _, rest = written.partition("--- text\n")
    text, _, html = rest.partition("--- html\n")
    text = text.replace("@facts\n", facts["text"])
    return Source(head.strip() or None, text, html.replace("@facts\n", facts["html"]) or None)
