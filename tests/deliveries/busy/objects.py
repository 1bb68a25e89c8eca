"""iCalendar objects as calendars have them."""

from datetime import UTC, datetime, timedelta


def event(*lines: str, uid: str = "one@elsewhere", more: str = "") -> str:
    """An object with one event. more: further components."""
    return calendar(component("VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines), more)


def calendar(*components: str) -> str:
    return component("VCALENDAR", "VERSION:2.0", "PRODID:-//Elsewhere//EN", *components)


def component(name: str, *lines: str) -> str:
    content = "".join(line if line.endswith("\r\n") else f"{line}\r\n" for line in lines if line)
    return f"BEGIN:{name}\r\n{content}END:{name}\r\n"


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def period(start: datetime, end: datetime) -> tuple[str, str]:
    """The lines of an event's period."""
    return f"DTSTART:{utc(start)}", f"DTEND:{utc(end)}"


def lunch(start: datetime, *lines: str, hours: float = 1, uid: str = "lunch@elsewhere") -> str:
    return event(
        *period(start, start + hours * timedelta(hours=1)),
        "SUMMARY:Lunch with Bob",
        *lines,
        uid=uid,
    )
