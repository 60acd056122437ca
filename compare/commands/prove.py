"""`fairfit prove` and `fairfit.prove`: compare every cell's weights with the float64 reference after each epoch."""

import argparse
import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from fairfit.commands import measuring, printing, selection, values
from fairfit.commands.answer import Answer
from fairfit.commands.measuring import Voice
from fairfit.commands.result import Result
from fairfit.commands.selection import TIME_LIMIT, AnyPath, Chosen, SpecOrList
from fairfit.commands.table import Asked, Words
from fairfit.commands.values import Names, given
from fairfit.frameworks import registry
from fairfit.measure import cpus, explaining, scratch
from fairfit.measure.options import Options
from fairfit.measure.plan import Plan
from fairfit.models import exercise
from fairfit.models.probes import Tried

EXAMPLES = (
    "  fairfit prove digits\n"
    "  fairfit prove my-spec.toml --frameworks pytorch\n"
    "  fairfit prove diabetes --converge               do they reach the least loss, and how near?\n"
    "  fairfit prove digits --frameworks mxnet --adapter my_port.py    a training of your own, beside the one it replaces\n"
    "  fairfit prove digits --frameworks numpy --adapter my_port.py --explain   where it differs, stage by stage\n"
    "  fairfit prove --data houses.csv --target price"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    selection.add_arguments(parser, threads="1")
    parser.add_argument(
        "--explain", action="store_true", help="of --adapter: try what was refused stage by stage, and say which differs first"
    )


def command(options: argparse.Namespace) -> Answer:
    result = prove(
        *options.specs, frameworks=options.frameworks, styles=options.styles, models=options.models, devices=options.devices,
        threads=options.threads, input=options.input, env=options.env, adapter=options.adapter, converge=options.converge,
        time_limit=options.time_limit, data_dir=options.data_dir, out=options.out, data=options.data, target=options.target,
        model=options.model, missing=options.missing, drop=options.drop, features=options.features, categories=options.categories,
        decimal=options.decimal, test_share=options.test_share, seed=options.seed, explain=options.explain, voice=measuring.of_command_line(options),
    )  # fmt: skip
    return printing.of_proof(result, options)


def prove(
    *specs: SpecOrList,
    frameworks: Names | None = None,
    styles: Names | None = None,
    models: Names | None = None,
    devices: Names | None = None,
    threads: Names | None = None,
    input: Names | None = None,
    env: str | Sequence[str] | None = None,
    adapter: AnyPath | Sequence[AnyPath] | None = None,
    converge: bool = False,
    time_limit: str | float | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
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
    explain: bool = False,
    voice: Voice | None = None,
) -> Result:
    """Train every cell of these specs (default: the article's two) on one CPU and compare its weights with the reference.

    Nothing is timed. With `explain`, a file of yours (`adapter`) that is refused is tried stage by stage: `Result.explained`. `data` names a table of your own in place of a spec. Words and defaults are those of `fairfit prove --help`;
    see `fairfit.run`.

    >>> import fairfit
    >>> fairfit.prove("article-linear", frameworks="numpy", out=folder).status.name
    'OK'
    """
    given_ = {name: value for name, value in locals().items() if value not in (None, False, ())}
    voice = voice or Voice(command=values.call("prove", given_))
    measure = Options(timing=False, budget=0.0, time_limit=given("time_limit", values.duration, time_limit, TIME_LIMIT))
    folder = given("data_dir", values.path, data_dir, None)
    wanted = Asked(data, target, model, missing, drop, features, categories, decimal, test_share, seed).specs(
        selection.flat(specs), voice
    )
    with selection.environments(env, voice) as environments, selection.adapters(adapter) as own:
        chosen = Chosen(wanted, frameworks, styles, models, devices, threads or ["1"], input, converge=converge, data_dir=folder)
        plan = chosen.plan()
        result = measuring.begin(
            plan, measure, out=given("out", values.path, out, None), word="proof", topics=[], data_dir=folder, voice=voice,
            environments=environments, own=own,
        )  # fmt: skip
        return dataclasses.replace(result, explained=_explained(result, plan, measure, folder, voice)) if explain else result


def _explained(result: Result, plan: Plan, measure: Options, data_dir: Path | None, voice: Voice) -> dict[str, list[Tried]]:
    """The stages of each file of the user's that was refused."""
    refused = [row.record.cell for row in result.evidence.rows if row.record.status == "refused"]
    with voice.open() as progress, scratch.temporary() as folder:
        return {
            cell.id: explaining.explained(
                cell,
                exercise.make(plan.specs[cell.spec], data_dir),
                cpus.of("1"),
                folder / str(number),
                measure.time_limit,
                progress,
            )
            for number, cell in enumerate(refused)
            if registry.find(cell.framework).file
        }
