"""Triggers by subject; each file is applied when it changes."""
