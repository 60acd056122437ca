"""What the tests of tables on the command line share."""

from collections.abc import Callable

Told = Callable[..., tuple[int, str, str]]  # the arguments of a command → its status, standard output and standard error
