"""The errors a user can cause, so that the command line can tell them from bugs."""


class UserError(Exception):
    """Something the user asked for cannot be done; the message is one clear line that says what to do."""


class SpecError(UserError):
    """A specification is wrong: names the field, its value and what is allowed."""


class DataError(UserError):
    """A data set is missing or broken: names the file and the ways to get it."""


class Unavailable(UserError):
    """A framework, style, device or input (`what`) that cannot be had here; the message is the reason."""

    def __init__(self, message: str, what: str = "framework") -> None:
        super().__init__(message)
        self.what = what
