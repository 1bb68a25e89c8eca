"""Calendars of providers on CalDAV servers (docs/calendars.md)."""
