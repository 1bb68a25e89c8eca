"""Holdfast: an appointment server that never double-books."""

__version__ = "0.1.0"
