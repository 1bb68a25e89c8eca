"""Calendar feeds: appointments at a secret address, for calendars that others keep."""
