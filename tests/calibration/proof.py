"""Does the proof refuse what is wrong and nothing that is right? `python -m tests.calibration.proof` writes
results/published/proof.md.

NumPy trains specs at random rightly and wrongly; then every style of every framework that is installed trains some of them.
Specs and data are the same each time, and so are NumPy's results; those of a framework depend on its version and the CPU.
It takes about half an hour: torch.compile compiles every spec anew. `--specs` and `--frameworks-specs` say how many.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fairfit.frameworks import registry
from fairfit.frameworks.base import Framework
from fairfit.measure.proof import ALLOWED, prove
from fairfit.models import reference
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters
from tests.calibration.random_specs import provable
from tests.workbench import ROOT

PUBLISHED = ROOT / "results" / "published" / "proof.md"


def by_numpy(exercise: Exercise, variation: int, epochs: int) -> list[Parameters]:
    """The plain formulas in the dtype of the spec."""
    plan, dtype = reference.plan(exercise, variation), exercise.spec.training.dtype
    rows = reference.rows_of(exercise.data)
    return list(itertools.islice(reference.train(exercise.spec, rows, exercise.start, plan, dtype), epochs))


def without_last_batch(exercise: Exercise, epochs: int) -> Parameters:
    size, dtype = exercise.spec.training.batch_size, exercise.spec.training.dtype
    kept = ((order[: (len(order) - 1) // size * size], rate) for order, rate in reference.plan(exercise, 0))
    trained = reference.train(exercise.spec, reference.rows_of(exercise.data), exercise.start, kept, dtype)
    return next(itertools.islice(trained, epochs - 1, None))


def another_rate(exercise: Exercise, epochs: int) -> Parameters:
    plan = ((order, 1.01 * rate) for order, rate in reference.plan(exercise, 0))
    trained = reference.train(exercise.spec, reference.rows_of(exercise.data), exercise.start, plan, exercise.spec.training.dtype)
    return next(itertools.islice(trained, epochs - 1, None))


Fault = Callable[[Exercise, int], Parameters]
FAULTS: dict[str, Fault] = {
    "does not train": lambda exercise, epochs: exercise.start,
    "trains the bias alone": lambda exercise, epochs: Parameters(exercise.start.weight, by_numpy(exercise, 0, epochs)[-1].bias),
    "leaves out the last batch": without_last_batch,
    "trains at a rate 1 % too high": another_rate,
}


def of_numpy(count: int) -> list[str]:
    """The table of right and wrong trainings."""
    right, varied = [], []
    wrong: dict[str, list[float]] = {name: [] for name in FAULTS}
    wrong["shows the planned training again where another was asked for"] = []
    for _, exercise, targets in provable(count):
        epochs = exercise.spec.training.epochs
        trained = by_numpy(exercise, 0, epochs)
        right.append(max(target.times_rounding(found) for target, found in zip(targets.planned(), trained, strict=True)))
        varied.append(targets.after(epochs + 2, 1).times_rounding(by_numpy(exercise, 1, epochs + 2)[-1]))
        for name, fault in FAULTS.items():
            wrong[name].append(targets.after(epochs).times_rounding(fault(exercise, epochs)))
        *_, replay = wrong
        wrong[replay].append(targets.after(epochs, 1).times_rounding(trained[-1]))
    lines = [
        f"| {count:,} specs at random, trained by NumPy | refused | refused by a factor of ten | times rounding: least, most |",
        "|---|---:|---:|---:|",
    ]
    rows = {"right": right, "right, in what is timed (a variation)": varied} | {f"wrong: {name}": v for name, v in wrong.items()}
    for name, times in rows.items():
        refused, clearly = (int(np.sum(~(np.array(times) <= factor * ALLOWED))) for factor in (1, 10))
        lines.append(f"| {name} | {refused:,} | {clearly:,} | {min(times):.2g}, {max(times):.2g} |")
    return lines


def of_framework(name: str, count: int) -> dict[str, list[float]]:
    """Times rounding of each style, and NaN where it was refused; a style that a spec cannot have is left out."""
    entry = registry.find(name)
    framework: Framework = registry.load(entry)
    found: dict[str, list[float]] = {}
    for seed, exercise, targets in provable(count):
        spec = exercise.spec
        for style, described in entry.styles.items():
            input = next(one for one in ("resident", "loader") if described.why_not(input=one) is None)
            trainer = framework.trainer(spec, exercise.data, style=style, device="cpu", input=input).prepare()
            trainer.reset(exercise.start)
            trained = []
            for order, rate in itertools.islice(reference.plan(exercise, 0), spec.training.epochs):
                trainer.train_epoch(order, learning_rate=rate)
                trainer.synchronize()
                trained.append(trainer.parameters())
            proof = prove(trained, targets.planned(), spec.training.dtype, described, spec.model)
            if proof.refusal is not None:
                print(f"refused: {name} {style} on {spec}: {proof.refusal}", file=sys.stderr)
            kind = f"{style}*" if proof.mark else style
            found.setdefault(kind, []).append(float("nan") if proof.refusal else max(proof.times_rounding))
        print(f"{name}: {seed}", file=sys.stderr)
    return found


def of_frameworks(count: int) -> list[str]:
    """The table of all styles, each framework in a process of its own."""
    lines = [
        f"| {count} of these specs, trained in | trainings | refused | times rounding, the most |",
        "|---|---:|---:|---:|",
    ]
    for entry in registry.FRAMEWORKS:
        if registry.installed_version(entry) is None:
            continue
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.calibration.proof", "--framework", entry.name, "--specs", str(count)],
            env=os.environ | dict(entry.environment), stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT,
        )  # fmt: skip
        for style, times in sorted(json.loads(done.stdout.splitlines()[-1]).items()):
            refused = sum(value != value for value in times)
            most = max((value for value in times if value == value), default=float("nan"))
            lines.append(f"| {entry.name} {style} | {len(times)} | {refused} | {most:.2g} |")
    return [*lines, "", "\\* where the registry says that the framework itself rounds more coarsely"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--specs", type=int, default=1000, help="for NumPy (default: 1000)")
    parser.add_argument("--frameworks-specs", type=int, default=50, help="for every style of every framework (default: 50)")
    parser.add_argument("--framework", choices=registry.names(), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=PUBLISHED)
    options = parser.parse_args()
    if options.framework:
        print(json.dumps(of_framework(options.framework, options.specs)))
        return
    text = [
        "# What the proof refuses",
        "",
        "Made by `python -m tests.calibration.proof`: specs at random (both models, both dtypes, 1 to 300 features, batches of 1 row "
        "to all, rates up to the edge of divergence). "
        f"A cell is refused beyond {ALLOWED:g} times what rounding alone makes.",
        "",
        *of_numpy(options.specs),
        "",
        *of_frameworks(options.frameworks_specs),
    ]
    options.out.write_text("\n".join(text) + "\n", encoding="utf-8")
    print(options.out)


if __name__ == "__main__":
    main()
