"""What a command came to: its status is known before anything is printed."""

import enum
from collections.abc import Callable
from dataclasses import dataclass


class Status(enum.IntEnum):
    """How it went; as a number the exit status of the command."""

    OK = 0
    NO = 1  # a proof failed, a regression was found
    BAD_USAGE = 2
    INCOMPLETE = 3  # a cell failed, the run was interrupted, or the answer cannot be told


@dataclass(frozen=True)
class Answer:
    """`show` prints the result on standard output; whether somebody still listens does not change the status."""

    status: Status
    show: Callable[[], None]
