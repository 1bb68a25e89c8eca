"""Calendars outside: what of an appointment they show."""
