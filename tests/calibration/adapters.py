"""Does an adapter cost anything? Every style against a loop of the same style written by hand, measured in turns.

`python -m tests.calibration.adapters` prints a table of the ratios; both loops of a style have passed the proof. The specs
are stripped of momentum, penalty and changing learning rate, for which the hand-written loops have no code. The ratio of
CPU seconds stands beside that of the clock: on a machine that others use too, it is the one that their work disturbs least.
"""

import argparse
import dataclasses
import sys
import tempfile
from pathlib import Path

from fairfit import statistics
from fairfit.frameworks import registry
from fairfit.measure import environment, runner
from fairfit.measure.options import Options
from fairfit.measure.plan import Plan
from fairfit.models import spec as specs
from fairfit.models.errors import UserError
from fairfit.models.text import Text
from fairfit.progress import Progress
from fairfit.records import Cell, Run, Sample
from fairfit.runfiles import RunFolder
from tests.calibration import rows

SPECS = ("article-softmax", "fashion-mnist", "digits")
ALLOWED = 1.1
"""The most that an adapter may take, as a multiple of the loop by hand."""


def main() -> int:
    by_hand = rows.by_hand()
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.adapters", description=__doc__)
    parser.add_argument("--spec", choices=SPECS, default=SPECS[0], help="(default: %(default)s)")
    parser.add_argument("--frameworks", default=",".join(by_hand), help="names with commas between (default: %(default)s)")
    parser.add_argument("--styles", help="names with commas between (default: all that are written by hand)")
    parser.add_argument("--generations", type=int, default=3, help="sets of fresh processes, at least (default: %(default)s)")
    parser.add_argument("--budget", type=float, default=0.0, help="seconds in which more may follow (default: none follow)")
    parser.add_argument("--epochs", type=int, help="how many are proven (default: as in the spec)")
    parser.add_argument("--out", type=Path, help="a Markdown file for the table")
    options = parser.parse_args()
    chosen = options.frameworks.split(",")
    for framework in chosen:
        if framework not in by_hand:
            raise UserError(registry.unknown(Text("framework", "框架"), framework, by_hand))
    registry.FRAMEWORKS += tuple(by_hand.values())
    spec = plain(specs.find(options.spec), options.epochs)
    pairs = [
        (
            Cell(spec.name, framework, style, "cpu", "1", "resident"),
            Cell(spec.name, by_hand[framework].name, style, "cpu", "1", "resident"),
        )
        for framework in chosen
        for style in by_hand[framework].styles
        if options.styles is None or style in options.styles.split(",")
    ]
    settings = Options(precision=0.02, budget=options.budget, least_generations=options.generations, blocks=3)
    samples, refused = measure(Plan({spec.name: spec}, [cell for pair in pairs for cell in pair]), settings)
    text = table(pairs, samples, refused)
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text)
    print(text)
    return 1 if refused else 0


def plain(spec: specs.Spec, epochs: int | None) -> specs.Spec:
    """The spec without momentum, penalty and changing learning rate."""
    epochs = epochs or spec.training.epochs
    rate = spec.training.learning_rates[0]
    training = dataclasses.replace(spec.training, momentum=0.0, l2=0.0, learning_rate=rate, epochs=epochs)
    return spec if training == spec.training else dataclasses.replace(spec, name=f"{spec.name}-plain", training=training)


def measure(plan: Plan, options: Options) -> tuple[list[Sample], dict[str, Text | str]]:
    """The samples of all cells in turns; and for cells that were not measured the reason."""
    with tempfile.TemporaryDirectory(prefix="fairfit-") as scratch:
        folder = RunFolder(Path(scratch) / "run")
        folder.create()
        run = Run("adapters", "", "", environment.of_machine(), {})
        with Progress() as progress:
            runner.run(plan, folder, run, options, data_dir=None, progress=progress)
        refused = {record.id: record.reason for record in run.cells if record.status != "measured"}
        return list(folder.samples()), refused


def table(pairs: list[tuple[Cell, Cell]], samples: list[Sample], refused: dict[str, Text | str]) -> str:
    """The table in Markdown: one row for each pair of an adapter's cell and the one by hand."""
    clock = statistics.by_cell(samples)
    cpu = statistics.by_cell(dataclasses.replace(sample, seconds=sample.cpu_seconds) for sample in samples)
    lines = [
        "| framework | style | adapter (ms) | by hand (ms) | adapter / by hand (95 % interval) | "
        f"within {ALLOWED:g}× | of CPU seconds |",
        "|---|---|---:|---:|---:|---|---:|",
    ]
    for adapter, hand in pairs:
        reasons = "; ".join(f"{cell.framework}: {refused[cell.id]}" for cell in (adapter, hand) if cell.id in refused)
        if reasons:
            lines.append(f"| {adapter.framework} | {adapter.style} | – | – | – | {reasons} | – |")
            continue
        ratio = statistics.ratio(clock[adapter.id], clock[hand.id])
        cpu_ratio = statistics.ratio(cpu[adapter.id], cpu[hand.id])
        assert ratio is not None and cpu_ratio is not None
        times = " | ".join(f"{1e3 * statistics.epoch_seconds(clock[cell.id]).value:.3g}" for cell in (adapter, hand))
        lines.append(
            f"| {adapter.framework} | {adapter.style} | {times} | {shown(ratio)} | {verdict(ratio)} | {shown(cpu_ratio)} |"
        )
    return "\n".join(lines) + "\n"


def shown(ratio: statistics.Estimate) -> str:
    return f"{ratio.value:.3f} ({ratio.low:.3f} to {ratio.high:.3f})"


def verdict(ratio: statistics.Estimate) -> str:
    """'yes' or 'no' by the value; said to be unsure where the interval holds the limit."""
    answer = "yes" if ratio.value <= ALLOWED else "no"
    return f"{answer}, but unsure" if ratio.low <= ALLOWED < ratio.high else answer


if __name__ == "__main__":
    sys.exit(main())
