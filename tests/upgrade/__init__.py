"""A running installation gets a new version."""
