"""An administrator writes other words, looks at them, sends them to themselves, takes them back."""

import re

from playwright.sync_api import expect

from tests.e2e.support import Visitors, look, no_barriers
from tests.support.make import Make
from tests.support.smtp import SmtpThread

PLACE = "/admin/templates?purpose=cancelled&locale=de"


def test_words_are_tried_saved_and_taken_back(
    visitors: Visitors, make: Make, mail: SmtpThread
) -> None:
    page = visitors.open(PLACE, make.admin())
    expect(page.get_by_text("Built-in words", exact=True)).to_be_visible()
    subject, text = page.get_by_label("Subject"), page.get_by_label("Text", exact=True)
    text.fill("Guten Tag,\n{{ client.nmae }}")
    expect(page.get_by_text(re.compile("Line 2: ")).first).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(text).to_have_attribute("aria-invalid", "true")
    no_barriers(page)

    subject.fill("Abgesagt: {{ appointment.service }}")
    text.fill("Guten Tag {{ client.name }}, der Termin fällt aus.")
    page.get_by_label("HTML").fill("<p>Guten Tag {{ client.name }}, der Termin fällt aus.</p>")
    preview = page.frame_locator("iframe").first
    expect(preview.get_by_text(re.compile("der Termin fällt aus"))).to_be_visible()
    page.get_by_role("button", name="Send it to me").click()
    expect(page.get_by_text("It is on its way to you.")).to_be_visible()
    assert "der Termin fällt aus" in mail.next_text("Termin")

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The words were saved.")).to_be_visible()
    expect(page.get_by_text("Your own words", exact=True)).to_be_visible()
    look(page, "template-saved")
    other = visitors.open(PLACE, make.admin())
    expect(other.get_by_label("Subject")).to_have_value("Abgesagt: {{ appointment.service }}")

    # Who saved first is not written over.
    subject.fill("Fällt aus")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Not saved")).to_be_hidden()
    other.get_by_label("Subject").fill("Entfällt")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text(re.compile("Somebody else saved other words"))).to_be_visible()
    other.get_by_role("button", name="Load theirs").click()
    expect(other.get_by_label("Subject")).to_have_value("Fällt aus")

    page.get_by_role("button", name="Back to the built-in words").click()
    no_barriers(page)
    page.get_by_role("button", name="Yes, back").click()
    expect(page.get_by_text("Built-in words", exact=True)).to_be_visible()
