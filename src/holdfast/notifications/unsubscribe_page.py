"""What the page of an unsubscribe link says: plain HTML, without a script."""

from typing import Literal

Step = Literal["ask", "done", "void"]
Language = Literal["en", "de"]

_WORDS: dict[Language, dict[Step, tuple[str, str]]] = {
    "en": {
        "ask": (
            "Stop reminders by email?",
            "You will still get a message when an appointment is booked, moved or cancelled.",
        ),
        "done": (
            "No more reminders by email",
            "You can turn them on again in your notification settings.",
        ),
        "void": ("This link does not work", "Please use the link in the email as it is."),
    },
    "de": {
        "ask": (
            "Keine Erinnerungen per E-Mail mehr?",
            "Wenn ein Termin gebucht, verschoben oder abgesagt wird, erfahren Sie es weiterhin.",
        ),
        "done": (
            "Keine Erinnerungen per E-Mail mehr",
            "In Ihren Einstellungen können Sie sie wieder einschalten.",
        ),
        "void": (
            "Dieser Link funktioniert nicht",
            "Bitte öffnen Sie den Link so, wie er in der E-Mail steht.",
        ),
    },
}
_BUTTON: dict[Language, str] = {"en": "Stop reminders", "de": "Erinnerungen beenden"}
_FORM = """
<form method="post">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button type="submit">{button}</button>
</form>"""
_PAGE = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ margin: 0; padding: 2rem 1.25rem; color: #1c1b1a; background: #faf9f7;
  font: 1.0625rem/1.5 system-ui, sans-serif; }}
main {{ max-width: 30rem; margin: 12vh auto 0; }}
h1 {{ font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; }}
p {{ margin: 0 0 1.5rem; }}
button {{ font: inherit; font-weight: 600; padding: .75rem 1.25rem; border: 0;
  border-radius: .625rem; color: #fff; background: #1f5f4a; cursor: pointer; }}
button:focus-visible {{ outline: 3px solid #1f5f4a; outline-offset: 3px; }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #eceae6; background: #191817; }}
  button {{ color: #10201a; background: #7fd0b0; }}
  button:focus-visible {{ outline-color: #7fd0b0; }}
}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>{form}
</main>
</body>
</html>
"""


def page(step: Step, language: Language) -> str:
    """The page that asks, that says it is done, or that the link is void."""
    title, text = _WORDS[language][step]
    form = _FORM.format(button=_BUTTON[language]) if step == "ask" else ""
    return _PAGE.format(language=language, title=title, text=text, form=form)
