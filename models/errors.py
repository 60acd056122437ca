"""The errors a user can cause, so that the command line can tell them from bugs."""

from fairfit.models.text import Text


class UserError(Exception):
    """Something the user asked for cannot be done; the message is one clear line that says what to do.

    `text` is the message in both languages where it stands in a report, else as it was given.
    """

    def __init__(self, message: Text | str) -> None:
        super().__init__(str(message))
        self.text = message


class SpecError(UserError):
    """A specification is wrong: names the field, its value and what is allowed."""


class DataError(UserError):
    """A data set is missing or broken: names the file and the ways to get it."""


class Refused(UserError):
    """Who trains does not give what was asked for: another shape, another dtype, more or fewer epochs."""


class Unavailable(UserError):
    """A framework, style, device or input (`what`) that cannot be had here; the message is the reason."""

    def __init__(self, message: Text | str, what: str = "framework") -> None:
        super().__init__(message)
        self.what = what


def first_line(error: BaseException) -> str:
    """Type and first line of an error: 'ValueError: too many values'."""
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}".removesuffix(": ")
