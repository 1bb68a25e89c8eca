"""The appointment and its whole life."""
