"""What is wrong with a template."""


class TemplateInvalidError(Exception):
    """A template does not compile or does not render.

    Args:
        line: where, counted from 1; None when it is not known.
    """

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
