"""Finds what a mail program would fetch or run: our mails tell nobody that they were read."""

import re
from html.parser import HTMLParser

from holdfast.notifications.templates.errors import TemplateInvalidError

_TAGS = frozenset(
    (
        *("script", "iframe", "frame", "object", "embed", "applet", "link", "base", "meta", "form"),
        *("input", "button", "video", "audio", "source", "svg", "math", "template"),
    )
)
_FETCHED = frozenset(
    ("src", "srcset", "background", "poster", "data", "lowsrc", "dynsrc", "xlink:href")
)
_LINKS = re.compile(r"\s*(https?://|mailto:|tel:|#)", re.IGNORECASE)
_STYLE = re.compile(r"url\s*\(|@import|expression\s*\(|\\", re.IGNORECASE)


class _Finder(HTMLParser):
    def __init__(self, *, is_source: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._is_source = is_source

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _TAGS:
            self._refuse(f"<{tag}> is not allowed in a mail")
        for name, value in attrs:
            given = value or ""
            if self._is_source and "{{" in given:
                continue  # looked at when it is rendered
            if name.startswith("on"):
                self._refuse(f"`{name}` is not allowed in a mail")
            if name in _FETCHED and not given.lower().startswith(("data:image/", "cid:")):
                self._refuse(f"`{name}` would be fetched from elsewhere when the mail is read")
            if name == "href" and not _LINKS.match(given):
                self._refuse("a link must begin with https://, http://, mailto: or tel:")
            if name == "style" and _STYLE.search(given):
                self._refuse("a style must not fetch anything")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style" and _STYLE.search(data):
            self._refuse("a style must not fetch anything")

    def _refuse(self, message: str) -> None:
        raise TemplateInvalidError(message, self.getpos()[0])


def check_remote(html: str, *, is_source: bool = False) -> None:
    """
    Args:
        is_source: whether it is a template still, whose lines are those that its author sees.
    Raises:
        TemplateInvalidError: a mail program would fetch or run something of this.
    """
    finder = _Finder(is_source=is_source)
    finder.feed(html)
    finder.close()
