"""All routes of busy times, put together."""

from holdfast.calendars.busy import conflicts, hint

routers = (conflicts.router, hint.router)
