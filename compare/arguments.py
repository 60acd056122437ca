"""The parser of the command line: what every command explains of itself, in one line where something is wrong."""

import argparse
import importlib.metadata
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from fairfit.commands import COMMANDS
from fairfit.commands.answer import Status
from fairfit.frameworks import registry
from fairfit.models.errors import UserError
from fairfit.models.text import LANGUAGES

EXIT_STATUS = (
    "exit status: 0 all well; 1 the answer is no (a proof failed, a regression was found); 2 bad usage or input; "
    "3 incomplete (a cell failed, or the answer cannot be told); 130, 143, 129 interrupted by Ctrl-C, a kill, a hang-up"
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and takes no abbreviations: a later option could change what they mean."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **settings)

    def error(self, message: str) -> NoReturn:
        self.exit(Status.BAD_USAGE, f"{self.prog}: {message}; see `{self.prog} --help`\n")


def parser(module: ModuleType | None) -> argparse.ArgumentParser:
    """The parser; of the commands only that of this module has its arguments, its `EXAMPLES` and `add_arguments`."""
    compared = [entry.title for entry in registry.FRAMEWORKS if not entry.baseline]
    main = _Parser(
        prog="fairfit",
        description=f"Train one regression in {', '.join(compared)}; prove that it is the same computation; time it; tell the result.",
        epilog="examples:\n"
        "  fairfit doctor                       what is installed, and what to do where something is missing\n"
        "  fairfit run                          the article's comparison: linear and softmax regression\n"
        "  fairfit run fashion-mnist --quick    a first look in a minute or two\n"
        "  fairfit prove my-spec.toml           do all frameworks train to the same weights?\n"
        "  fairfit port net.params --to pytorch carry a model to another framework, and prove it\n"
        "  fairfit report results/my-run        write the tables, figures and pages of a run anew\n\n" + EXIT_STATUS,
    )
    main.add_argument("--version", action="version", version=f"fairfit {importlib.metadata.version('fairfit')}")
    commands = main.add_subparsers(required=True, metavar="COMMAND")
    for name, what in COMMANDS.items():
        own = module is not None and module.__name__ == f"fairfit.commands.{name}"
        examples = module.EXAMPLES if module is not None and own else ""
        command = commands.add_parser(name, help=what, description=what, epilog=f"examples:\n{examples}\n\n{EXIT_STATUS}")
        if module is not None and own:
            module.add_arguments(command)
            command.add_argument(
                "--lang", choices=LANGUAGES, help="language of terminal and report (default: the locale's and English)"
            )
            command.add_argument("--json", action="store_true", help="print the result as JSON, for programs")
    return main


def checked(convert: Callable[[Any], Any]) -> Callable[[str], Any]:
    """A type for argparse from a function that raises UserError."""

    def of_text(text: str) -> Any:
        try:
            return convert(text)
        except UserError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return of_text
