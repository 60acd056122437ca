"""`fairfit report`, `fairfit.report` and `fairfit.read`: what the files of a run say, told anew; needs no framework."""

import argparse
import json
import os
from pathlib import Path

from fairfit.arguments import checked
from fairfit.commands import printing, values
from fairfit.commands.answer import Answer
from fairfit.commands.result import AnyRun, Result, read_result
from fairfit.commands.values import given
from fairfit.models.errors import UserError
from fairfit.models.text import LANGUAGES
from fairfit.reporting import pyperf_export, write
from fairfit.runfiles import RunFolder

EXAMPLES = (
    "  fairfit report results/published/article\n"
    "  fairfit report results/here results/gpu --out results/both   two runs, of two machines say, in one report"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    path = checked(values.path)
    parser.add_argument("runs", type=path, nargs="+", metavar="RUN", help="folders of runs; several make one report")
    parser.add_argument("--out", type=path, metavar="DIR", help="where to (default: the folder of the first run)")
    parser.add_argument("--pyperf", type=path, metavar="FILE", help="write the samples for `pyperf stats` and `compare_to` too")


def command(options: argparse.Namespace) -> Answer:
    result = report(*options.runs, out=options.out, lang=options.lang or "en", pyperf=options.pyperf)
    return printing.of_report(result, options)


def report(
    *runs: AnyRun,
    out: str | os.PathLike[str] | None = None,
    lang: str = "en",
    pyperf: str | os.PathLike[str] | None = None,
) -> Result:
    """Write tables, figures and pages of these runs anew; several make one report in the folder `out`.

    A run is its folder, or the Result of one. `lang` is the language of report.md and the one report.html opens in: 'en' or
    'zh'. `pyperf` names a file for the samples in the format of pyperf. Raises UserError where a run cannot be read or the files cannot be written.

    >>> import fairfit
    >>> run = fairfit.prove("article-linear", frameworks="numpy", out=folder)
    >>> fairfit.report(run, lang="zh").report.name
    'report.html'
    """
    if not runs:
        raise UserError("name the folder of a run")
    if lang not in LANGUAGES:
        raise UserError(f"lang {lang!r}: there is {', '.join(LANGUAGES)}")
    folders = [RunFolder(run.folder if isinstance(run, Result) else given("run", values.path, run, Path())) for run in runs]
    target = given("out", values.path, out, None)
    if pyperf and len(folders) > 1:
        raise UserError("--pyperf takes one run: name one folder")
    evidence = write.write(folders, target, lang)
    if pyperf:
        file = values.path(pyperf)
        try:
            file.write_text(json.dumps(pyperf_export.export(folders[0].read(), folders[0].samples()), indent=1))
        except OSError as error:
            raise UserError(f"cannot write {file}: {error.strerror}") from error
    return Result(target or folders[0].path, evidence)


def read(folder: str | os.PathLike[str]) -> Result:
    """The run in a folder, without writing anything. Raises UserError where there is none or a damaged one.

    >>> import fairfit
    >>> run = fairfit.prove("article-linear", frameworks="numpy", out=folder)
    >>> bool(fairfit.read(folder).cells.proof_error.max() < 1e-6)
    True
    """
    return read_result(given("folder", values.path, folder, Path()))
