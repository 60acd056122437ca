"""The command line: parse, call, print. Results go to standard output, everything else to standard error."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from models.errors import UserError

if TYPE_CHECKING:
    from compare.measure.group import Options
    from compare.measure.plan import Plan
    from compare.report.cells import Row
    from compare.runfiles import Run, RunFolder

# Heavy libraries are imported by the commands that need them: `fairfit --help` answers at once.

OK, NO, BAD_USAGE, INCOMPLETE = 0, 1, 2, 3
ARTICLE = ("article-linear", "article-softmax")
EXIT_STATUS = (
    "exit status: 0 all well; 1 the answer is no (a proof failed, a regression was found); 2 bad usage or input; "
    "3 incomplete (a cell failed, or the run was interrupted)"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    options.arguments = arguments
    try:
        status: int = options.command(options)
        return status
    except UserError as error:
        print(f"fairfit: {error}", file=sys.stderr)
        return BAD_USAGE
    except OSError as error:
        print(f"fairfit: {error.filename or ''}: {error.strerror or error}; what was measured is kept", file=sys.stderr)
        return INCOMPLETE
    except KeyboardInterrupt:
        print("fairfit: interrupted; what was measured is kept", file=sys.stderr)
        return INCOMPLETE


def _run(options: argparse.Namespace) -> int:
    from compare.measure.group import Options

    if options.resume:
        if options.specs or options.out:
            raise UserError("--resume continues a run as it was planned: name no specs and no --out beside it")
        rows, path = _resume(options)
    else:
        if options.quick:
            options.threads = options.threads or ["1"]
            measure = Options(budget=0.0, blocks=2, precision=options.precision, time_limit=options.time_limit)
        else:
            measure = Options(
                precision=options.precision, budget=options.budget, least_generations=options.generations,
                blocks=options.blocks, time_limit=options.time_limit,
            )  # fmt: skip
        rows, path = _begin(options, measure)
    if options.json:
        _print_json(rows)
    else:
        _print_tables(path)
    print(f"report: {path / 'report.html'}", file=sys.stderr if options.json else sys.stdout)
    return _status(rows)


def _prove(options: argparse.Namespace) -> int:
    from compare.measure.group import Options
    from compare.report import tables, terminal

    rows, _ = _begin(options, Options(timing=False, time_limit=options.time_limit))
    if options.json:
        _print_json(rows)
    else:
        terminal.show([tables.proof(rows)])
    return _status(rows)


def _begin(options: argparse.Namespace, measure: "Options") -> "tuple[list[Row], Path]":
    """Plan a new run, carry it out and write its report; returns the rows and the folder."""
    import dataclasses
    import datetime
    import shlex

    from compare.measure import environment, plan
    from compare.runfiles import Run, RunFolder
    from models import spec

    selection = plan.Selection(
        frameworks=options.frameworks, styles=options.styles, models=options.models, devices=options.devices or ["cpu"],
        threads=options.threads or ["1", "all"], inputs=options.input,
    )  # fmt: skip
    chosen = [spec.find(name) for name in options.specs or ARTICLE]
    if options.batch_sizes:
        chosen = [spec.with_batch_size(item, size) for item in chosen for size in options.batch_sizes]
    planned = plan.make(chosen, selection)
    now = datetime.datetime.now(datetime.UTC)
    folder = RunFolder(options.out or Path("results") / f"{now:%Y%m%d-%H%M%S}-{options.name}")
    folder.create()
    run = Run(
        name=folder.path.name,
        created=f"{now:%Y-%m-%d %H:%M} UTC",
        command=shlex.join(["fairfit", *options.arguments]),
        machine=environment.of_machine(),
        options=dataclasses.asdict(measure),
    )
    return _carry_out(planned, folder, run, measure, options.data_dir)


def _resume(options: argparse.Namespace) -> "tuple[list[Row], Path]":
    """Continue an interrupted run."""
    from compare.measure import runner
    from compare.runfiles import RunFolder

    folder = RunFolder(options.resume)
    run = folder.read()
    planned, measure = runner.resumed(run)
    return _carry_out(planned, folder, run, measure, options.data_dir)


def _carry_out(
    planned: "Plan", folder: "RunFolder", run: "Run", measure: "Options", data_dir: Path | None
) -> "tuple[list[Row], Path]":
    import signal

    from compare.measure import runner
    from compare.progress import Progress
    from compare.report import write

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill ends like Ctrl-C
    with Progress() as progress:
        try:
            runner.run(planned, folder, run, measure, data_dir=data_dir, progress=progress)
        except KeyboardInterrupt:
            folder.write(run)
            write.write(folder)
            progress.note(f"to go on: fairfit run --resume {folder.path}")
            raise
        except UserError:
            folder.discard_if_empty()
            raise
        progress.stage("writing the report", 1)
        _, rows = write.write(folder)
        share = run.harness_seconds / run.wall_seconds
        progress.note(f"measured for {run.wall_seconds:.0f} s, of which {share:.1%} went to the harness itself")
    return rows, folder.path


def _report(options: argparse.Namespace) -> int:
    from compare.report import pyperf_export, write
    from compare.runfiles import RunFolder

    folder = RunFolder(options.run)
    run, rows = write.write(folder)
    if options.pyperf:
        try:
            options.pyperf.write_text(json.dumps(pyperf_export.export(run, folder.samples()), indent=1))
        except OSError as error:
            raise UserError(f"cannot write {options.pyperf}: {error.strerror}") from error
    if options.json:
        _print_json(rows)
    else:
        _print_tables(options.run)
        print(f"report: {options.run / 'report.html'}")
    return OK


def _diff(options: argparse.Namespace) -> int:
    from compare.report import changes, terminal

    before, rows_before = _read(options.before)
    after, rows_after = _read(options.after)
    found = changes.changes(rows_before, rows_after)
    if not found:
        raise UserError(f"{options.before} and {options.after} have no cell in common")
    for line in changes.differences(before, after):
        print(f"differs: {line}", file=sys.stderr)
    if not changes.same_machine(before, after):
        print("the machines differ: times tell of the machines, not of the frameworks", file=sys.stderr)
    table = changes.table(found)
    if options.json:
        headings = [column.heading for column in table.columns]
        print(json.dumps([dict(zip(headings, row, strict=True)) for row in table.rows], indent=1))
    else:
        terminal.show([table])
    return OK


def _check(options: argparse.Namespace) -> int:
    from compare.report import changes

    before, rows_before = _read(options.baseline)
    after, rows_after = _read(options.run)
    found = changes.changes(rows_before, rows_after)
    if not found:
        raise UserError(f"{options.run} and {options.baseline} have no cell in common")
    times = changes.same_machine(before, after)
    if not times:
        print("the machines differ: times are not checked, accuracy and proof are", file=sys.stderr)
    regressions = changes.regressions(found, options.tolerance, times=times)
    if options.json:
        print(json.dumps({"cells": len(found), "times_checked": times, "regressions": regressions}, indent=1))
    else:
        for line in regressions:
            print(line)
        print(f"{len(found)} cells checked, {len(regressions)} regressions")
    return NO if regressions else OK


def _read(path: Path) -> "tuple[Run, list[Row]]":
    from compare.report import cells
    from compare.runfiles import RunFolder

    folder = RunFolder(path)
    run = folder.read()
    return run, cells.rows(run, folder.samples())


def _list(options: argparse.Namespace) -> int:
    from compare.report import terminal
    from frameworks import registry
    from models import spec

    specs = [spec.find(name) for name in spec.builtin_names()]
    if options.json:
        styles = {
            e.name: {name: {"level": s.level, "compiled": s.compiled} for name, s in e.styles.items()}
            for e in registry.FRAMEWORKS
        }
        print(json.dumps({"specs": [spec.to_json(item) for item in specs], "frameworks": styles}, indent=1))
        return OK
    terminal.plain(
        "Specs: `fairfit run NAME`, or name a .toml file of your own",
        ["name", "model", "data", "what it is"],
        [[item.name, item.model, item.source, item.description] for item in specs],
    )
    terminal.plain(
        "Styles: `--frameworks`, `--styles`",
        ["level", "framework", "style", "what is compiled"],
        [
            [level, entry.name, name, style.compiled]
            for level in registry.LEVELS
            for entry in registry.FRAMEWORKS
            for name, style in entry.styles.items()
            if style.level == level
        ],
    )
    terminal.plain("Levels", ["level", "what its styles have in common"], [list(item) for item in registry.LEVELS.items()])
    return OK


def _doctor(options: argparse.Namespace) -> int:
    from compare.measure import doctor
    from compare.report import terminal

    findings = doctor.frameworks()
    machine = doctor.machine()
    if options.json:
        print(json.dumps({"frameworks": findings, "machine": machine}, indent=1))
    else:
        keys = ["framework", "state", "version", "devices", "styles", "what to do"]
        terminal.plain("Frameworks", keys, [[finding[key] for key in keys] for finding in findings])
        terminal.plain("Machine", ["what", "found"], [list(item) for item in machine.items()])
    return INCOMPLETE if any(finding["state"] == "broken" for finding in findings) else OK


def _status(rows: "Sequence[Row]") -> int:
    statuses = {row.record.status for row in rows}
    if "refused" in statuses:
        return NO
    if "failed" in statuses or "pending" in statuses or "measured" not in statuses:
        return INCOMPLETE
    return OK


def _print_json(rows: "list[Row]") -> None:
    from compare.report import cells

    print(cells.frame(rows).to_json(orient="records", indent=1))


def _print_tables(folder: Path) -> None:
    from compare.report import cells, tables, terminal
    from compare.runfiles import RunFolder

    reader = RunFolder(folder)
    run, samples = reader.read(), reader.samples()
    terminal.show(tables.performance(cells.rows(run, samples), cells.noise(run, samples)))


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message}; see `{self.prog} --help`\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
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
    parser.add_argument("--version", action="version", version=_Version())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Any, help: str, examples: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=help, description=help, epilog=f"examples:\n{examples}\n\n{EXIT_STATUS}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        made.set_defaults(command=function)
        made.add_argument("--json", action="store_true", help="print the result as JSON, for programs")
        return made

    run = command(
        "run", _run, "prove and time every framework and style, and write the report",
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
    run.add_argument("--resume", type=Path, metavar="RUN", help="go on with a run that was interrupted")
    run.add_argument("--quick", action="store_true", help="a first look: one generation, two blocks, one CPU")
    run.set_defaults(name="run")

    prove = command(
        "prove", _prove, "only prove: compare every cell's weights with the float64 reference after each epoch",
        "  fairfit prove digits\n  fairfit prove my-spec.toml --frameworks pytorch",
    )  # fmt: skip
    _add_selection(prove)
    prove.set_defaults(name="proof", threads=["1"], batch_sizes=None)

    report = command(
        "report", _report, "write tables, figures and pages of a run anew from its samples; needs no framework",
        "  fairfit report results/published",
    )  # fmt: skip
    report.add_argument("run", type=Path, metavar="RUN", help="the folder of a run")
    report.add_argument("--pyperf", type=Path, metavar="FILE", help="write the samples for `pyperf stats` and `compare_to` too")

    diff = command(
        "diff", _diff, "compare two runs cell by cell, with intervals",
        "  fairfit diff results/monday results/friday",
    )  # fmt: skip
    diff.add_argument("before", type=Path, metavar="RUN", help="the earlier run")
    diff.add_argument("after", type=Path, metavar="RUN", help="the later run")

    check = command(
        "check", _check, "fail on a regression of speed, accuracy or proof that the measurements support",
        "  fairfit check results/today --baseline results/published --tolerance 10%",
    )  # fmt: skip
    check.add_argument("run", type=Path, metavar="RUN", help="the run to check")
    check.add_argument("--baseline", type=Path, required=True, metavar="RUN", help="the run it must not fall behind")
    check.add_argument("--tolerance", type=_share, default=0.1, metavar="P", help="how much slower a cell may be (default: 10%%)")

    command("list", _list, "list the built-in specs, the frameworks and their styles", "  fairfit list")
    command(
        "doctor", _doctor, "tell for each framework whether it works here, and what to do where it does not", "  fairfit doctor"
    )
    return parser


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
    if not text.isdigit() or int(text) < 1:
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


class _Version(str):
    """The version, looked up only when it is asked for."""

    def __mod__(self, _: object) -> str:
        import importlib.metadata

        return f"fairfit {importlib.metadata.version('fairfit')}"


if __name__ == "__main__":
    sys.exit(main())
