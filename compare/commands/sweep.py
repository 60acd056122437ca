"""`fairfit sweep` and `fairfit.sweep`: many settings of one regression, searched once in the reference; their shapes are timed."""

import argparse
import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any

from fairfit import interrupts
from fairfit.arguments import checked
from fairfit.commands import measuring, printing, selection, table, values
from fairfit.commands.answer import Answer
from fairfit.commands.measuring import Voice
from fairfit.commands.result import Result
from fairfit.commands.selection import TIME_LIMIT, AnySpec, Chosen
from fairfit.commands.table import Asked, Words
from fairfit.commands.values import Names, given
from fairfit.measure import drawing, sweeping
from fairfit.measure import plan as plans
from fairfit.measure.options import Options
from fairfit.measure.sweeping import Draw
from fairfit.models.errors import UserError
from fairfit.models.spec import Spec
from fairfit.models.sweep import Value

EXAMPLES = (
    "  fairfit sweep digits --learning-rate 0.01,0.03,0.1,0.3,1 --batch-size 16,32,64,128,256\n"
    "  fairfit sweep article-linear --rows 100,1000,10000,100000     below how many rows is it Python that is timed?\n"
    "  fairfit sweep digits --learning-rate 0.1,0.3 --momentum 0,0.9 --l2 0,0.001 --frameworks pytorch,jax\n"
    "  fairfit sweep --data houses.csv --target price --learning-rate 0.03,0.1,0.3 --batch-size 16,64\n"
    "  fairfit run --resume results/my-sweep                         go on where it was interrupted"
)
NUMBERS = {  # axis → what its values are
    "learning_rate": "learning rates",
    "momentum": "values of momentum; 0 is without",
    "l2": "values of the penalty; 0 is without",
    "start_scale": "deviations of the starting weights; 0 starts at zero",
}
COUNTS = {
    "batch_size": "batch sizes",
    "rows": "numbers of training rows: the first of them, or as many as are made",
    "features": "numbers of inputs: the first of them, or as many as are made",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    selection.add_arguments(parser, threads="1", one_spec=True)
    add = parser.add_argument_group("the grid (each a list with commas; at least one of them)").add_argument
    for names, convert in ((NUMBERS, values.numbers), (COUNTS, values.counts)):
        for name, what in names.items():
            add(f"--{name.replace('_', '-')}", type=checked(convert), metavar="N,N", help=what)
    add(
        "--draw", type=checked(values.count), metavar="N",
        help="draw N settings by Optuna in place of the whole grid: rates, momentum, penalty and start from within their ranges",
    )  # fmt: skip
    add("--draw-seed", type=checked(table.whole), metavar="N", help="another draw of them (default: 0)")
    add = parser.add_argument_group("how long").add_argument
    add("--epochs", type=checked(values.count), metavar="N", help="to train at the most (default: the spec's)")
    add(
        "--budget",
        type=checked(values.duration),
        metavar="TIME",
        help="how long to measure; the least is done whatever it takes (default: the least)",
    )
    add("--generations", type=checked(values.count), metavar="N", help="sets of fresh processes, at least (default: 1)")
    add("--blocks", type=checked(values.count), metavar="N", help="samples of each cell in each generation (default: 4)")
    parser.add_argument("--no-lock", action="store_true", help="do not wait for CPUs on which another fairfit measures")


def command(options: argparse.Namespace) -> Answer:
    asked = {name: value for name, value in vars(options).items() if value not in (None, False, [])}
    voice = measuring.of_command_line(options)
    keep = ("json", "lang", "language", "arguments", "spec")
    result = sweep(options.spec, voice=voice, **{name: value for name, value in asked.items() if name not in keep})
    return printing.of_sweep(result, options)


def sweep(
    spec: AnySpec | None = None,
    *,
    learning_rate: Any = None,
    momentum: Any = None,
    l2: Any = None,
    start_scale: Any = None,
    batch_size: Names | None = None,
    rows: Names | None = None,
    features: Names | None = None,
    draw: int | None = None,
    draw_seed: int | None = None,
    epochs: int | None = None,
    frameworks: Names | None = None,
    styles: Names | None = None,
    devices: Names | None = None,
    threads: Names | None = None,
    input: Names | None = None,
    env: str | Sequence[str] | None = None,
    budget: str | float | None = None,
    generations: int | None = None,
    blocks: int | None = None,
    no_lock: bool = False,
    time_limit: str | float | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    data: str | os.PathLike[str] | None = None,
    target: str | None = None,
    model: str | None = None,
    missing: Words | None = None,
    drop: Words | None = None,
    categories: Words | None = None,
    decimal: str | None = None,
    test_share: str | float | None = None,
    seed: int | None = None,
    voice: Voice | None = None,
) -> Result:
    """Train one spec under every setting of a grid in the float64 reference, and time each shape of it in every framework.

    Settings that change the curve of the loss alone (rate, value of momentum and penalty, start) take the time of their shape:
    all frameworks are proven to follow the same curve. One of them is timed too, to check that. Words and defaults are those of
    `fairfit sweep --help`; see `fairfit.run`. Raises UserError.

    >>> import fairfit
    >>> found = fairfit.sweep("article-linear", learning_rate=[0.01, 0.03], batch_size=[10, 100], frameworks="numpy", out=folder)
    >>> found.settings[["learning_rate", "batch_size"]].values.tolist()
    [[0.01, 10.0], [0.01, 100.0], [0.03, 10.0], [0.03, 100.0]]
    """
    given_ = {name: value for name, value in locals().items() if value is not None and value is not False and name != "spec"}
    voice = voice or Voice(command=values.call("sweep", {"specs": () if spec is None else (spec,)} | given_))
    axes = _axes(given_)
    folder = given("data_dir", values.path, data_dir, None)
    tables = Asked(data, target, model, missing, drop, None, categories, decimal, test_share, seed)
    (named,) = tables.specs([] if spec is None else [spec], voice) or [None]
    if named is None:
        raise UserError(
            "which regression? name a spec, as in `fairfit sweep digits --learning-rate 0.1,0.3`, or a table with --data"
        )
    measure = Options(
        budget=given("budget", values.duration, budget, 0.0),
        least_generations=given("generations", values.count, generations, 1),
        blocks=given("blocks", values.count, blocks, Options.blocks),
        time_limit=given("time_limit", values.duration, time_limit, TIME_LIMIT),
        solving=False,
    )
    drawn = (
        Draw(given("draw", values.count, draw, 0), given("draw_seed", table.whole, draw_seed, 0)) if draw is not None else None
    )
    if draw_seed is not None and drawn is None:
        raise UserError("--draw-seed is that of a draw: say how many settings with --draw N")
    if drawn is not None:
        drawing.check_installed()
    with selection.environments(env, voice) as environments:
        with interrupts.raised(), voice.open() as progress:
            base = _with_epochs(selection.found(named), given("epochs", values.count, epochs, None), axes)
            # what cannot be chosen is told before anything is searched
            Chosen([base], frameworks, styles, None, devices, threads or ["1"], input).plan()
            shapes, record = sweeping.search(base, axes, drawn, folder, progress)
        plan = Chosen(shapes, frameworks, styles, None, devices, threads or ["1"], input).plan()
        if record.check:
            plan = plans.one_style_a_framework(plan, record.check)
        return measuring.begin(
            plan, measure, out=given("out", values.path, out, None), word="sweep", topics=[], data_dir=folder, voice=voice,
            lock=not no_lock, sweep=record, environments=environments,
        )  # fmt: skip


def _axes(asked: Mapping[str, Any]) -> dict[str, list[Value]]:
    """The values of each axis of the grid. Raises UserError where there is none."""
    axes: dict[str, list[Value]] = {}
    for name, value in asked.items():
        if name in NUMBERS:
            axes[name] = list(given(name, values.numbers, value, [0.0]))
        elif name in COUNTS:
            axes[name] = list(given(name, values.counts, value, [0]))
    if not axes:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in (*NUMBERS, *COUNTS))
        raise UserError(f"a sweep needs values to try, as in --learning-rate 0.03,0.1,0.3: name at least one of {options}")
    return axes


def _with_epochs(spec: Spec, epochs: int | None, axes: Mapping[str, object]) -> Spec:
    training = spec.training
    if "learning_rate" in axes:  # in place of what the spec has, which may be a list of one for each epoch
        training = dataclasses.replace(training, learning_rate=training.learning_rates[0])
    elif epochs is not None and isinstance(training.learning_rate, tuple):
        raise UserError("--epochs goes with one learning rate, and this spec lists one for each epoch: add --learning-rate")
    return dataclasses.replace(spec, training=dataclasses.replace(training, epochs=epochs or training.epochs))
