"""What of an iCalendar object says when somebody is busy (RFC 5545). Everything else is dropped by
its lines, before anything is parsed: titles and descriptions are no business of ours, may have a
megabyte, and are where objects are broken most."""

import re

# What is left of one object: some thousand exceptions of a series. More is not looked at.
MAXIMUM_KEPT_CHARACTERS = 256 * 1024
_KEPT = frozenset(
    {
        "UID",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "SEQUENCE",
        "STATUS",
        "TRANSP",
        "X-MICROSOFT-CDO-BUSYSTATUS",
        "TZID",
        "TZOFFSETFROM",
        "TZOFFSETTO",
        "TZNAME",
    }
)
# Which components may stand in which; the others are dropped with all that is in them.
_INSIDE = {
    "": frozenset({"VCALENDAR"}),
    "VCALENDAR": frozenset({"VEVENT", "VTIMEZONE"}),
    "VTIMEZONE": frozenset({"STANDARD", "DAYLIGHT"}),
}
_FOLD = re.compile(r"\r?\n[ \t]")
_NAME = re.compile(r"[A-Za-z0-9-]+")


class UnreadableError(Exception):
    """An object that says nothing about when somebody is busy: broken, or beyond the limits."""


def trim(data: str) -> str:
    """The lines of an object that matter here, unfolded.

    Raises:
        UnreadableError: it is no calendar, its components do not end, or too much is left.
    """
    kept: list[str] = []
    size = 0
    open_components: list[str] = []
    dropped = 0  # how many components deep inside one that is dropped
    for line in _FOLD.sub("", data.removeprefix("\ufeff")).splitlines():
        found = _NAME.match(line)
        if found is None:
            continue
        name, rest = found.group().upper(), line[found.end() :]
        value = rest.removeprefix(":").strip().upper()
        if name == "BEGIN":
            parent = open_components[-1] if open_components else ""
            if dropped or value not in _INSIDE.get(parent, frozenset()):
                dropped += 1
                continue
            open_components.append(value)
        elif name == "END" and dropped:
            dropped -= 1
            continue
        elif name == "END":
            if not open_components or open_components.pop() != value:
                raise UnreadableError("a component does not end")
        elif dropped or not _matters(name, rest):
            continue
        size += len(line) + 2
        if size > MAXIMUM_KEPT_CHARACTERS:
            raise UnreadableError("too much in one object")
        kept.append(line)
    if open_components or dropped or not kept:
        raise UnreadableError("no calendar, or one that does not end")
    return "\r\n".join(kept) + "\r\n"


def _matters(name: str, rest: str) -> bool:
    # Of those who take part only who declined is looked for.
    return name in _KEPT or (name == "ATTENDEE" and "DECLINED" in rest.upper())
