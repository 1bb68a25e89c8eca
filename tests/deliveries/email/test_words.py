"""The built-in words: both parts of a mail say the same, in both languages (SPEC-deliveries §3)."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from holdfast.notifications.templates.builtin import PRIVATE, PURPOSES, TEST, builtin
from holdfast.notifications.templates.remote import check_remote
from holdfast.notifications.templates.render import Rendered, render_source
from holdfast.notifications.templates.samples import samples

EMAIL = (*PURPOSES["email"], TEST)
TITLE_OR_BUTTON = r"<(?:h1|a)\b[^>]*>(.*?)</"
CONFIRMED = {
    "en": """\
Hello Kim O'Neill <kim>,

Your appointment is booked. We look forward to seeing you.

When:    Tuesday, March 2, 2027, 9:30 AM to 10:15 AM
What:    Check-up & cleaning
With:    Dr. Anna Weber
Where:   Praxis am Park, Hauptstraße 1, 10827 Berlin
Price:   €50.00

See, move or cancel it:
https://book.example.org/m/AZAAAAAAcACAAAAAAAAAAA
""",
    "de": """\
Guten Tag Kim O'Neill <kim>,

Ihr Termin ist gebucht. Wir freuen uns auf Sie.

Wann:    Dienstag, 2. März 2027, 09:30 bis 10:15
Was:     Check-up & cleaning
Bei:     Dr. Anna Weber
Wo:      Praxis am Park, Hauptstraße 1, 10827 Berlin
Preis:   50,00\u00a0€

Ansehen, verschieben oder absagen:
https://book.example.org/m/AZAAAAAAcACAAAAAAAAAAA
""",
}


class Shown(HTMLParser):
    """The text that a reader sees of a document, and where it leads."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = [""]
        self.links: list[str] = []
        self._hidden = 0
        self.feed(document)
        self.text = " ".join(" ".join(self.blocks).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "title"):
            self._hidden += 1
        if tag in ("p", "td", "h1", "br", "tr"):
            self.blocks.append("")
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "title"):
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.blocks[-1] += data


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def rendered(purpose: str, channel: str, locale: str) -> dict[str, Rendered]:
    found = builtin(purpose, channel, locale)
    assert found is not None
    language, source = found
    assert language == locale
    return {
        name: render_source(source, channel, locale, data)
        for name, data in samples(purpose, locale)
    }


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("purpose", EMAIL)
def test_both_parts_say_the_same(purpose: str, locale: str) -> None:
    for name, mail in rendered(purpose, "email", locale).items():
        assert mail.html is not None
        shown = Shown(mail.html)
        links = [line for line in mail.text.splitlines() if line.startswith("https://")]
        assert [link for link in links if link not in shown.links] == []
        words = words_of(" ".join(line for line in mail.text.splitlines() if line not in links))
        assert words - words_of(shown.text) == set(), name
        card = Shown("<td " + mail.html.partition('class="card"')[2].partition('class="foot"')[0])
        buttons_and_title = words_of(" ".join(re.findall(TITLE_OR_BUTTON, mail.html, re.DOTALL)))
        assert words_of(card.text) - words - buttons_and_title == set(), name


@pytest.mark.parametrize("locale", ["en", "de"])
def test_a_confirmation_word_for_word(locale: str) -> None:
    assert rendered("confirmed", "email", locale)["usual"].text == CONFIRMED[locale]


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("purpose", EMAIL)
def test_a_mail_fetches_nothing(purpose: str, locale: str) -> None:
    for mail in rendered(purpose, "email", locale).values():
        assert mail.html is not None
        body = mail.html.partition("</head>")[2]
        check_remote(body)
        assert "prefers-color-scheme: dark" in mail.html
        for link in Shown(mail.html).links:
            assert urlsplit(link).hostname == "book.example.org"
        assert mail.subject
        assert "\n" not in mail.subject
        assert not re.search(r"\n\n\n|None|\{\{|\{%", mail.text)


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("channel", ["sms", "push", PRIVATE])
def test_short_messages(channel: str, locale: str) -> None:
    purposes = PURPOSES["push" if channel == PRIVATE else channel]
    for purpose in purposes:
        for name, message in rendered(purpose, channel, locale).items():
            told = f"{message.subject or ''}{message.text}"
            assert "None" not in told, (purpose, name)
            assert (message.subject is None) == (channel == "sms")
            if channel == PRIVATE:
                assert not re.search(r"Kim|Weber|Check-up|2027|Praxis", told), told


def test_an_unknown_language_is_english() -> None:
    found = builtin("confirmed", "email", "fr")
    assert found is not None
    assert found[0] == "en"
