"""Busy times of calendars outside: read, kept as intervals, and taken out of what is offered."""
