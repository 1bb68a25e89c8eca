"""Facilities, services, providers and their schedules."""
