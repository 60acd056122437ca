"""The command line: parse, call, print. Results go to standard output, everything else to standard error."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fairfit.arguments import BAD_USAGE, parser
from fairfit.models.errors import UserError

if TYPE_CHECKING:
    from fairfit.measure.options import Options
    from fairfit.measure.plan import Plan
    from fairfit.records import Run
    from fairfit.reporting.cells import Row
    from fairfit.reporting.evidence import Evidence
    from fairfit.runfiles import RunFolder

# Heavy libraries are imported by the commands that need them: `fairfit --help` answers at once.

OK, NO, INCOMPLETE = 0, 1, 3
ARTICLE = ("article-linear", "article-softmax")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parser(COMMANDS).parse_args(arguments)
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
    from fairfit.measure.options import Options

    if options.resume:
        if options.specs or options.out:
            raise UserError("--resume continues a run as it was planned: name no specs and no --out beside it")
        found, path = _resume(options)
    else:
        if options.quick:
            options.threads = options.threads or ["1"]
            measure = Options(budget=0.0, blocks=2, precision=options.precision, time_limit=options.time_limit)
        else:
            measure = Options(
                precision=options.precision, budget=options.budget, least_generations=options.generations,
                blocks=options.blocks, time_limit=options.time_limit,
            )  # fmt: skip
        found, path = _begin(options, measure)
    if options.json:
        _print_json(list(found.rows))
    else:
        _print_tables(found)
    print(f"report: {path / 'report.html'}", file=sys.stderr if options.json else sys.stdout)
    return _status(found.rows)


def _prove(options: argparse.Namespace) -> int:
    from fairfit.measure.options import Options
    from fairfit.reporting import performance, terminal

    found, _ = _begin(options, Options(timing=False, time_limit=options.time_limit))
    if options.json:
        _print_json(list(found.rows))
    else:
        terminal.show([performance.proof(found.rows)])
    return _status(found.rows)


def _begin(options: argparse.Namespace, measure: "Options") -> "tuple[Evidence, Path]":
    """Plan a new run, carry it out and write its report; returns what it was made from, and the folder."""
    import dataclasses
    import datetime
    import shlex

    from fairfit.measure import environment, inspections, plan
    from fairfit.models import spec
    from fairfit.records import Run
    from fairfit.runfiles import RunFolder

    selection = plan.Selection(
        frameworks=options.frameworks, styles=options.styles, models=options.models, devices=options.devices or ["cpu"],
        threads=options.threads or ["1", "all"], inputs=options.input,
    )  # fmt: skip
    chosen = [spec.find(name) for name in options.specs or ARTICLE]
    if options.batch_sizes:
        chosen = [spec.with_batch_size(item, size) for item in chosen for size in options.batch_sizes]
    planned = plan.make(chosen, selection)
    topics = inspections.chosen(options.topics, whole=not options.specs)
    now = datetime.datetime.now(datetime.UTC)
    folder = RunFolder(options.out or Path("results") / f"{now:%Y%m%d-%H%M%S}-{options.name}")
    folder.create()
    run = Run(
        name=folder.path.name,
        created=f"{now:%Y-%m-%d %H:%M} UTC",
        command=shlex.join(["fairfit", *options.arguments]),
        machine=environment.of_machine(),
        options=dataclasses.asdict(measure),
        inspections=inspections.planned(topics, dict.fromkeys(cell.framework for cell in planned.cells)),
    )
    return _carry_out(planned, folder, run, measure, options.data_dir)


def _resume(options: argparse.Namespace) -> "tuple[Evidence, Path]":
    """Continue an interrupted run."""
    from fairfit.measure import runner
    from fairfit.runfiles import RunFolder

    folder = RunFolder(options.resume)
    run = folder.read()
    planned, measure = runner.resumed(run)
    return _carry_out(planned, folder, run, measure, options.data_dir)


def _carry_out(
    planned: "Plan", folder: "RunFolder", run: "Run", measure: "Options", data_dir: Path | None
) -> "tuple[Evidence, Path]":
    import signal

    from fairfit.measure import runner
    from fairfit.progress import Progress
    from fairfit.reporting import write

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill ends like Ctrl-C
    with Progress() as progress:
        try:
            runner.run(planned, folder, run, measure, data_dir=data_dir, progress=progress)
        except KeyboardInterrupt:
            folder.write(run)
            write.write([folder])
            progress.note(f"to go on: fairfit run --resume {folder.path}")
            raise
        except UserError:
            folder.discard_if_empty()
            raise
        progress.stage("writing the report", 1)
        found = write.write([folder])
        if run.wall_seconds:  # else an earlier run had measured everything
            share = run.harness_seconds / run.wall_seconds
            progress.note(f"measured for {run.wall_seconds:.0f} s, of which {share:.1%} went to the harness itself")
    return found, folder.path


def _report(options: argparse.Namespace) -> int:
    from fairfit.reporting import pyperf_export, write
    from fairfit.runfiles import RunFolder

    folders = [RunFolder(path) for path in options.runs]
    found = write.write(folders, options.out, options.lang)
    if options.pyperf:
        if len(folders) > 1:
            raise UserError("--pyperf takes one run: name one folder")
        try:
            options.pyperf.write_text(json.dumps(pyperf_export.export(folders[0].read(), folders[0].samples()), indent=1))
        except OSError as error:
            raise UserError(f"cannot write {options.pyperf}: {error.strerror}") from error
    if options.json:
        _print_json(list(found.rows))
    else:
        _print_tables(found)
        print(f"report: {(options.out or folders[0].path) / 'report.html'}")
    return OK


def _diff(options: argparse.Namespace) -> int:
    from fairfit.reporting import changes, terminal

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
        headings = [str(heading) for heading in table.headings]
        print(json.dumps([dict(zip(headings, map(str, row), strict=True)) for row in table.rows], indent=1))
    else:
        terminal.show([table])
    return OK


def _check(options: argparse.Namespace) -> int:
    from fairfit.reporting import changes

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
    from fairfit.reporting import cells
    from fairfit.runfiles import RunFolder

    folder = RunFolder(path)
    run = folder.read()
    return run, cells.rows(run, folder.samples())


def _list(options: argparse.Namespace) -> int:
    from fairfit.frameworks import registry
    from fairfit.models import spec
    from fairfit.reporting import terminal

    specs = [spec.find(name) for name in spec.builtin_names()]
    if options.json:
        styles = {
            e.name: {name: {"level": s.level, "compiled": str(s.compiled)} for name, s in e.styles.items()}
            for e in registry.FRAMEWORKS
        }
        print(json.dumps({"specs": [spec.to_json(item) for item in specs], "frameworks": styles}, indent=1))
        return OK
    terminal.plain(
        "Specs: `fairfit run NAME`, or name a .toml file of your own",
        ["name", "model", "data", "what it is"],
        [[item.name, item.model, item.source, str(item.description)] for item in specs],
    )
    terminal.plain(
        "Styles: `--frameworks`, `--styles`",
        ["level", "framework", "style", "what is compiled"],
        [
            [level, entry.name, name, str(style.compiled)]
            for level in registry.LEVELS
            for entry in registry.FRAMEWORKS
            for name, style in entry.styles.items()
            if style.level == level
        ],
    )
    terminal.plain(
        "Levels", ["level", "what its styles have in common"], [[level, str(words)] for level, words in registry.LEVELS.items()]
    )
    return OK


def _doctor(options: argparse.Namespace) -> int:
    from fairfit.measure import doctor
    from fairfit.reporting import terminal

    checkups, machine = doctor.frameworks(), doctor.machine()
    if options.json:
        print(json.dumps(doctor.as_json(checkups, machine), indent=1))
    else:
        keys = ["framework", "state", "version", "devices", "styles", "what to do"]
        rows = [[c.title, c.state, c.version, ", ".join(c.devices), ", ".join(c.styles), str(c.advice)] for c in checkups]
        terminal.plain("Frameworks", keys, rows)
        terminal.plain("Machine", ["what", "found"], [[str(part.title), str(part.found)] for part in machine])
    return OK if all(checkup.sound for checkup in checkups) else INCOMPLETE


def _status(rows: "Sequence[Row]") -> int:
    statuses = {row.record.status for row in rows}
    if "refused" in statuses:
        return NO
    if "failed" in statuses or "pending" in statuses or "measured" not in statuses:
        return INCOMPLETE
    return OK


def _print_json(rows: "list[Row]") -> None:
    from fairfit.reporting import cells

    print(cells.frame(rows).to_json(orient="records", indent=1, double_precision=15))


def _print_tables(found: "Evidence") -> None:
    from fairfit.reporting import claims, performance, terminal
    from fairfit.reporting.judgement import WORDS

    terminal.show(performance.groups(found.rows, found.noise))
    if found.inspections:  # the whole comparison was made: it has an answer to the article
        answers = [[f.claim.id, str(f.claim.says), str(WORDS[f.verdict])] for f in claims.findings(found)]
        terminal.plain("The article, claim by claim", ["claim", "what it says", "verdict"], answers)


COMMANDS = {
    "run": _run, "prove": _prove, "report": _report, "diff": _diff, "check": _check, "list": _list, "doctor": _doctor,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
