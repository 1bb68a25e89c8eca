"""What keeps Holdfast from running, as one line for the operator."""


class CannotRun(Exception):
    """Something outside of Holdfast has to change first; the message says what."""
