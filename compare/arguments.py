"""The arguments of the command line: what can be asked for, how it is explained, and what a value may be."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from fairfit.models.text import LANGUAGES

BAD_USAGE = 2
EXIT_STATUS = (
    "exit status: 0 all well; 1 the answer is no (a proof failed, a regression was found); 2 bad usage or input; "
    "3 incomplete (a cell failed, or the run was interrupted)"
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message}; see `{self.prog} --help`\n")


def parser(functions: Mapping[str, Callable[[argparse.Namespace], int]]) -> argparse.ArgumentParser:
    """The parser; each command sets `command` to its function in `functions`."""
    whole = _Parser(
        prog="fairfit",
        description="Train one regression in MXNet, TensorFlow and PyTorch, prove that it is the same, time it, tell the result.",
        epilog="examples:\n"
        "  fairfit doctor                       what is installed, and what to do where something is missing\n"
        "  fairfit run                          the article's comparison: linear and softmax regression\n"
        "  fairfit run fashion-mnist --quick    a first look in a minute or two\n"
        "  fairfit prove my-spec.toml           do all frameworks train to the same weights?\n"
        "  fairfit report results/my-run        write the tables, figures and pages of a run anew\n\n" + EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action=_ShowVersion, nargs=0, help="show the version and exit")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, help: str, examples: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=help, description=help, epilog=f"examples:\n{examples}\n\n{EXIT_STATUS}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        made.set_defaults(command=functions[name])
        made.add_argument("--json", action="store_true", help="print the result as JSON, for programs")
        return made

    run = command(
        "run", "prove and time every framework and style, and write the report",
        "  fairfit run                                     the article's comparison, 1 CPU and all CPUs\n"
        "  fairfit run digits --threads 1 --budget 2m      one spec, one CPU, two minutes\n"
        "  fairfit run --frameworks mxnet,pytorch --styles gluon,nn --input resident,loader\n"
        "  fairfit run fashion-mnist --data-dir ~/data --out results/fashion\n"
        "  fairfit run --resume results/fashion            go on where it was interrupted",
    )  # fmt: skip
    _add_selection(run)
    run.add_argument(
        "--precision", type=_share, default=0.02, metavar="P", help="stop when all ratios are known to ± this (default: 2%%)"
    )
    run.add_argument("--budget", type=_duration, default=300.0, metavar="TIME", help="begin nothing new after this (default: 5m)")
    run.add_argument("--generations", type=_count, default=1, metavar="N", help="sets of fresh processes, at least (default: 1)")
    run.add_argument("--blocks", type=_count, default=3, metavar="N", help="samples of each cell in each generation (default: 3)")
    run.add_argument(
        "--batch-sizes", type=_counts, metavar="N,N,N", help="instead of the spec's; three or more tell dispatch from rate"
    )
    run.add_argument(
        "--topics", type=_names, metavar="A,B",
        help="what to look into beside time: extensibility, potential, graphs, errata, distributed, all or none "
        "(default: all where no SPEC is named, else none)",
    )  # fmt: skip
    run.add_argument("--resume", type=Path, metavar="RUN", help="go on with a run that was interrupted")
    run.add_argument("--quick", action="store_true", help="a first look: one generation, two blocks, one CPU")
    run.set_defaults(name="run")

    prove = command(
        "prove", "only prove: compare every cell's weights with the float64 reference after each epoch",
        "  fairfit prove digits\n  fairfit prove my-spec.toml --frameworks pytorch",
    )  # fmt: skip
    _add_selection(prove)
    prove.set_defaults(name="proof", threads=["1"], batch_sizes=None, topics=["none"])

    report = command(
        "report", "write tables, figures and pages of a run anew from its samples; needs no framework",
        "  fairfit report results/published\n"
        "  fairfit report results/here results/gpu --out results/both   two runs, of two machines say, in one report",
    )  # fmt: skip
    report.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="folders of runs; several make one report")
    report.add_argument("--out", type=Path, metavar="DIR", help="where to (default: the folder of the first run)")
    report.add_argument("--lang", choices=LANGUAGES, default="en", help="of report.md, and of report.html at first (default: en)")
    report.add_argument("--pyperf", type=Path, metavar="FILE", help="write the samples for `pyperf stats` and `compare_to` too")

    diff = command(
        "diff", "compare two runs cell by cell, with intervals",
        "  fairfit diff results/monday results/friday",
    )  # fmt: skip
    diff.add_argument("before", type=Path, metavar="RUN", help="the earlier run")
    diff.add_argument("after", type=Path, metavar="RUN", help="the later run")

    check = command(
        "check", "fail on a regression of speed, accuracy or proof that the measurements support",
        "  fairfit check results/today --baseline results/published --tolerance 10%",
    )  # fmt: skip
    check.add_argument("run", type=Path, metavar="RUN", help="the run to check")
    check.add_argument("--baseline", type=Path, required=True, metavar="RUN", help="the run it must not fall behind")
    check.add_argument("--tolerance", type=_share, default=0.1, metavar="P", help="how much slower a cell may be (default: 10%%)")

    command("list", "list the built-in specs, the frameworks and their styles", "  fairfit list")
    command("doctor", "tell for each framework whether it works here, and what to do where it does not", "  fairfit doctor")
    return whole


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("specs", nargs="*", metavar="SPEC", help="built-in names or .toml files (default: the article's two)")
    add = parser.add_argument_group("what to compare (each a list with commas; default: all)").add_argument
    add("--frameworks", type=_names, metavar="A,B", help="mxnet, tensorflow, pytorch, numpy")
    add("--styles", type=_names, metavar="A,B", help="see `fairfit list`")
    add("--models", type=_names, metavar="A,B", help="linear, softmax")
    add("--devices", type=_names, metavar="A,B", help="cpu, gpu:0 and so on (default: cpu)")
    add("--threads", type=_names, metavar="A,B", help="numbers of CPUs, all, or shipped: nothing is set (default: 1,all)")
    add("--input", type=_names, metavar="A,B", help="resident, loader (default: resident, and loader at the level `layers`)")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="where data files lie")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the folder of the run (default: results/, a folder by date)")
    parser.add_argument(
        "--time-limit", type=_duration, default=600.0, metavar="TIME", help="longest step of one worker (default: 10m)"
    )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def _counts(text: str) -> list[int]:
    return [_count(item) for item in _names(text)]


def _duration(text: str) -> float:
    """Seconds from '90', '90s', '5m' or '1h'."""
    number, unit = (text[:-1], text[-1]) if text[-1:] in "smh" else (text, "s")
    try:
        seconds = float(number) * {"s": 1, "m": 60, "h": 3600}[unit]
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write 90s, 5m or 1h")
    return seconds


def _share(text: str) -> float:
    """A share from '2%' or '0.02'."""
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share: write 2% or 0.02")
    return share


class _ShowVersion(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        import importlib.metadata

        print(f"fairfit {importlib.metadata.version('fairfit')}")
        parser.exit()
