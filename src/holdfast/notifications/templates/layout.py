"""The frame of every mail: the house's name above, its address and the ways to say no below."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

# What the frame itself says, by language.
WORDS = {
    "en": {
        "settings": "Which messages you get",
        "unsubscribe": "No more reminders by e-mail",
        "sent": "This mail was sent automatically.",
    },
    "de": {
        "settings": "Welche Nachrichten Sie bekommen",
        "unsubscribe": "Keine Erinnerungen mehr per E-Mail",
        "sent": "Diese E-Mail wurde automatisch verschickt.",
    },
}


def laid_out(body: str, locale: str, title: str, data: Mapping[str, Any]) -> str:
    """A whole document with its styles at the elements: Gmail and Outlook drop some `<style>`s.

    Rules for a dark screen and for a telephone stay in a `<style>`, where they can be.
    """
    language = locale.partition("-")[0]
    words = WORDS.get(language, WORDS["en"])
    facility, links = data["facility"], data["links"]
    return _inlined(
        _layout().render(
            lang=locale,
            title=title,
            house=facility["name"] or "Holdfast",
            body=body,
            address=[
                facility[name] for name in ("name", "address", "phone", "email") if facility[name]
            ],
            sent=words["sent"],
            ways=[
                (links[name], words[name]) for name in ("settings", "unsubscribe") if links[name]
            ],
        )
    )


@cache
def _layout() -> Any:
    from jinja2 import Environment  # as the templates: not for everybody's start

    text = files("holdfast.notifications.templates").joinpath("layout.html").read_text("utf-8")
    return Environment(autoescape=True).from_string(text)


def _inlined(document: str) -> str:
    return _inliner().inline(document)


@cache
def _inliner() -> Any:
    import css_inline  # a library of megabytes, for who sends mail only

    return css_inline.CSSInliner(
        load_remote_stylesheets=False, keep_at_rules=True, keep_style_tags=False
    )
