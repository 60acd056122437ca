"""`fairfit run` and `fairfit.run`: prove and time every framework and style, and write the report."""

import argparse
import os
from collections.abc import Sequence

from fairfit.arguments import checked
from fairfit.commands import measuring, printing, selection, values
from fairfit.commands.answer import Answer
from fairfit.commands.measuring import Voice
from fairfit.commands.result import Result
from fairfit.commands.selection import TIME_LIMIT, AnyPath, Chosen, SpecOrList
from fairfit.commands.table import Asked, Words
from fairfit.commands.values import Names, given
from fairfit.frameworks.topics import TOPICS
from fairfit.measure import inspections
from fairfit.measure.options import Options
from fairfit.models.errors import UserError

EXAMPLES = (
    "  fairfit run                                     the article's comparison, 1 CPU and all CPUs\n"
    "  fairfit run digits --threads 1 --budget 2m      one spec, one CPU, two minutes\n"
    "  fairfit run --frameworks mxnet,pytorch --styles gluon,nn --input resident,loader\n"
    "  fairfit run diabetes --converge --quick         every step takes all rows, until the least loss is reached\n"
    "  fairfit run fashion-mnist --data-dir ~/data --out results/fashion\n"
    "  fairfit run --data houses.csv --target price    a table of your own\n"
    "  fairfit run digits --env jax@0.4.30,0.6.2       two more versions of a framework, each a row\n"
    "  fairfit run digits --frameworks mxnet --adapter my_port.py     a training of your own, beside the one it replaces\n"
    "  fairfit run --resume results/fashion            go on where it was interrupted"
)
SET_BY_QUICK = ("budget", "generations", "blocks")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    selection.add_arguments(parser, threads="1,all")
    add = parser.add_argument
    add(
        "--precision", type=checked(values.share), metavar="P",
        help="stop when every ratio's 95 %% interval is within ± P (default: 2%%)",
    )  # fmt: skip
    add(
        "--budget",
        type=checked(values.duration),
        metavar="TIME",
        help="how long to measure; the least is done whatever it takes (default: 5m)",
    )
    add("--generations", type=checked(values.count), metavar="N", help="sets of fresh processes, at least (default: 1)")
    add("--blocks", type=checked(values.count), metavar="N", help="samples of each cell in each generation (default: 4)")
    add(
        "--batch-sizes", type=checked(values.counts), metavar="N,N,N",
        help="instead of the spec's; with three or more, separate fixed cost per step from cost per sample",
    )  # fmt: skip
    add(
        "--topics", type=checked(values.names), metavar="A,B",
        help=f"what to look into beside time: {', '.join(topic.name for topic in TOPICS)}, all or none "
        "(default: all where no SPEC is named, else none)",
    )  # fmt: skip
    add("--resume", type=checked(values.path), metavar="RUN", help="go on with a run that was interrupted")
    add("--no-lock", action="store_true", help="do not wait for CPUs on which another fairfit measures")
    add("--quick", action="store_true", help="a first look: one generation, four blocks, one CPU")


def command(options: argparse.Namespace) -> Answer:
    asked = {name: value for name, value in vars(options).items() if value not in (None, False, [])}
    voice = measuring.of_command_line(options)
    keep = ("json", "lang", "language", "arguments", "specs")
    return printing.of_run(run(*options.specs, voice=voice, **{k: v for k, v in asked.items() if k not in keep}), options)


def run(
    *specs: SpecOrList,
    frameworks: Names | None = None,
    styles: Names | None = None,
    models: Names | None = None,
    devices: Names | None = None,
    threads: Names | None = None,
    input: Names | None = None,
    env: str | Sequence[str] | None = None,
    adapter: AnyPath | Sequence[AnyPath] | None = None,
    batch_sizes: Names | None = None,
    converge: bool = False,
    precision: str | float | None = None,
    budget: str | float | None = None,
    generations: int | None = None,
    blocks: int | None = None,
    topics: Names | None = None,
    quick: bool = False,
    no_lock: bool = False,
    time_limit: str | float | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    data: str | os.PathLike[str] | None = None,
    target: str | None = None,
    model: str | None = None,
    missing: Words | None = None,
    drop: Words | None = None,
    features: Words | None = None,
    categories: Words | None = None,
    decimal: str | None = None,
    test_share: str | float | None = None,
    seed: int | None = None,
    voice: Voice | None = None,
) -> Result:
    """Prove and time every framework and style on these specs (default: the article's two), and write the report.

    Words and defaults are those of `fairfit run --help`; a list is written ['a', 'b'] or 'a,b', a time in seconds or '5m',
    a share 0.02 or '2%'. A spec is a built-in name, the path of a .toml file, or a Spec; several may be in a list; `data` names a
    table of your own in place of a spec. Raises UserError where something cannot be done as asked; what fails later is told by
    the status of its cells.

    >>> import fairfit
    >>> run = fairfit.run("article-linear", frameworks="numpy", quick=True, out=folder)
    >>> run.cells[["framework", "style", "status"]].iloc[0].tolist()
    ['numpy', 'numpy', 'measured']
    """
    given_ = {name: value for name, value in locals().items() if value not in (None, False, ())}
    voice = voice or Voice(command=values.call("run", given_))
    folder = given("data_dir", values.path, data_dir, None)
    if resume is not None:
        _refuse_beside("--resume continues a run as it was planned", given_, allowed=("resume", "data_dir", "voice", "no_lock"))
        path = given("resume", values.path, resume, None) or values.path("")
        return measuring.go_on(path, data_dir=folder, voice=voice, lock=not no_lock)
    if quick:
        not_beside = tuple(name for name in given_ if name not in SET_BY_QUICK)
        _refuse_beside("--quick sets how much is measured", given_, allowed=not_beside)
    wanted = Options()
    measure = Options(
        precision=given("precision", values.share, precision, wanted.precision),
        budget=0.0 if quick else given("budget", values.duration, budget, wanted.budget),
        least_generations=given("generations", values.count, generations, wanted.least_generations),
        blocks=given("blocks", values.count, blocks, wanted.blocks),
        time_limit=given("time_limit", values.duration, time_limit, TIME_LIMIT),
    )
    if threads is None and quick:
        threads = ["1"]
    wanted_specs = Asked(data, target, model, missing, drop, features, categories, decimal, test_share, seed).specs(
        selection.flat(specs), voice
    )
    looked_into = inspections.chosen(
        None if topics is None else given("topics", values.names, topics, [""]), whole=not wanted_specs
    )
    with selection.environments(env, voice) as environments, selection.adapters(adapter) as own:
        chosen = Chosen(wanted_specs, frameworks, styles, models, devices, threads, input, batch_sizes, converge, folder)
        return measuring.begin(
            chosen.plan(),
            measure,
            out=given("out", values.path, out, None),
            word="run",
            topics=looked_into,
            data_dir=folder,
            voice=voice,
            lock=not no_lock,
            environments=environments,
            own=own,
        )


def _refuse_beside(why: str, asked: dict[str, object], *, allowed: tuple[str, ...]) -> None:
    """Raises UserError that names what would have been ignored."""
    ignored = [f"--{name.replace('_', '-')}" if name != "specs" else "specs" for name in asked if name not in allowed]
    if ignored:
        raise UserError(f"{why}: leave out {', '.join(ignored)}")
