"""Whether a template may be saved: it renders all samples, and fetches nothing when it is read."""

import asyncio
from collections.abc import Mapping
from typing import Any

from holdfast.kernel.errors import Refusal
from holdfast.notifications.templates.builtin import Source
from holdfast.notifications.templates.errors import TemplateInvalidError
from holdfast.notifications.templates.layout import laid_out
from holdfast.notifications.templates.remote import check_remote
from holdfast.notifications.templates.render import Rendered
from holdfast.notifications.templates.samples import samples
from holdfast.notifications.templates.sandbox import Compiled, compile_part
from holdfast.notifications.templates.sms_text import MAXIMUM_SEGMENTS, sms_text


class _PartError(Exception):
    def __init__(self, part: str, error: TemplateInvalidError) -> None:
        super().__init__(error.message)
        self.part = part
        self.error = error


async def rendered_samples(
    source: Source, purpose: str, channel: str, locale: str
) -> dict[str, Rendered]:
    """The samples as this template shows them, by name. Not in the event loop: it may take a while.

    Raises:
        Refusal: `template_invalid`, which names part and line.
    """
    try:
        return await asyncio.to_thread(_render_all, source, purpose, channel, locale)
    except _PartError as failed:
        error = failed.error
        where = f" (line {error.line})" if error.line is not None else ""
        entry = {"field": failed.part, "message": error.message, "line": error.line}
        raise Refusal(
            "template_invalid",
            f"{failed.part}{where}: {error.message}",
            details={"field": failed.part, "line": error.line, "errors": [entry]},
        ) from None


def _render_all(source: Source, purpose: str, channel: str, locale: str) -> dict[str, Rendered]:
    subject = _compile("subject", source.subject)
    text = _compile("text", source.text)
    html = _compile("html", source.html)
    found: dict[str, Rendered] = {}
    for name, data in samples(purpose, locale):
        line = " ".join((_render("subject", subject, data) or "").split()) if subject else None
        if channel == "email" and not line:
            raise _PartError("subject", TemplateInvalidError("must not be empty", 1))
        body = _render("html", html, data)
        shown = laid_out(body, locale, line or "", data) if body is not None else None
        found[name] = Rendered(line, _text(channel, text, data), shown, locale)
    return found


def _text(channel: str, text: Compiled | None, data: Mapping[str, Any]) -> str:
    written = (_render("text", text, data) or "").strip()
    if not written:
        raise _PartError("text", TemplateInvalidError("must not be empty", 1))
    if channel != "sms":
        return written
    counted = sms_text(written)
    if counted.segments > MAXIMUM_SEGMENTS:
        message = f"takes {counted.segments} messages; at most {MAXIMUM_SEGMENTS} are sent"
        raise _PartError("text", TemplateInvalidError(message, None))
    return counted.text


def _compile(part: str, source: str | None) -> Compiled | None:
    if source is None:
        return None
    try:
        compiled = compile_part(source, is_html=part == "html")
        if part == "html":
            check_remote(source, is_source=True)
        return compiled
    except TemplateInvalidError as error:
        raise _PartError(part, error) from error


def _render(part: str, compiled: Compiled | None, data: Mapping[str, Any]) -> str | None:
    if compiled is None:
        return None
    try:
        written = compiled.render(data)
        if part == "html":
            check_remote(written)
    except TemplateInvalidError as error:
        raise _PartError(part, error) from error
    return written
