"""Does the comparison call equal things equal and a 5 % difference different? `make calibrate` asks on this machine.

A/A: the same style under two names, many pairs; at most 5 % of them may be called different. Power: the baseline against
itself slowed by 5 % on purpose; at least 90 % must be called slower, each within 60 s of measuring. Writes what it found
to a Markdown file and, as JSON, beside it. A pair is one comparison: its processes are shared with no other pair.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from fairfit import statistics
from fairfit.frameworks import registry
from fairfit.measure import environment, runner
from fairfit.measure.options import Options
from fairfit.measure.plan import Plan
from fairfit.models import spec as specs
from fairfit.progress import Silent
from fairfit.records import Cell, Run
from fairfit.runfiles import RunFolder
from tests.calibration import numpy_slowed, rows

SPEC = "article-softmax"
OPTIONS = Options(precision=0.02, budget=40.0, least_generations=5, most_generations=100)  # of one pair


@dataclass(frozen=True)
class Outcome:
    """One comparison: the second of two cells by the first, and what the interval says."""

    kind: str
    ratio: float
    low: float
    high: float
    verdict: str
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration", description=__doc__)
    parser.add_argument("--pairs", type=int, default=96, help="A/A pairs of the baseline (default: 96)")
    parser.add_argument("--framework-pairs", type=int, default=8, help="A/A pairs of PyTorch's layers (default: 8)")
    parser.add_argument("--slowed-pairs", type=int, default=40, help="pairs of which one is slowed (default: 40)")
    parser.add_argument("--out", type=Path, default=Path("results/calibration.md"))
    options = parser.parse_args()
    registry.FRAMEWORKS += rows.again()
    outcomes = [
        *_compare("A/A, numpy", options.pairs, ("numpy", "numpy"), ("numpy-again", "numpy")),
        *_compare("A/A, pytorch nn", options.framework_pairs, ("pytorch", "nn"), ("pytorch-again", "nn")),
        *_compare(f"slowed by {numpy_slowed.SLOWDOWN:.0%}", options.slowed_pairs, ("numpy", "numpy"), ("numpy-slowed", "numpy")),
    ]
    text = _text(outcomes)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text)
    options.out.with_suffix(".json").write_text(json.dumps([vars(outcome) for outcome in outcomes], indent=1))
    print(text)
    return 0


def _compare(kind: str, pairs: int, first: tuple[str, str], second: tuple[str, str]) -> list[Outcome]:
    """Measure so many pairs, each a run of its own, and compare the two cells of each."""
    outcomes: list[Outcome] = []
    while len(outcomes) < pairs:
        one, other = (Cell(SPEC, *cell, "cpu", "1", "resident") for cell in (first, second))
        began = time.perf_counter()
        blocks = _measure([one, other])
        took = time.perf_counter() - began
        ratio = statistics.ratio(blocks[other.id], blocks[one.id])
        assert ratio is not None
        verdict = statistics.verdict(ratio, OPTIONS.precision)
        outcomes.append(Outcome(kind, ratio.value, ratio.low, ratio.high, verdict, took))
        print(f"{kind}: {len(outcomes)} of {pairs}", file=sys.stderr)
    return outcomes


def _measure(cells: list[Cell]) -> dict[str, dict[tuple[int, int], float]]:
    plan = Plan({SPEC: specs.find(SPEC)}, cells)
    with tempfile.TemporaryDirectory(prefix="fairfit-") as scratch:
        folder = RunFolder(Path(scratch) / "run")
        folder.create()
        run = Run("calibration", "", "", environment.of_machine(), {})
        with Silent() as progress:
            runner.run(plan, folder, run, OPTIONS, data_dir=None, progress=progress)
        assert all(record.status == "measured" for record in run.cells), [record.reason for record in run.cells]
        return statistics.by_cell(folder.samples())


def _text(outcomes: list[Outcome]) -> str:
    machine = environment.of_machine()
    lines = [
        "# Calibration",
        "",
        f"Made by `make calibrate` on {machine.cpu}, {machine.cpus} of its CPUs usable: every process on the same "
        f"single CPU, generations of fresh processes until ± {OPTIONS.precision:.0%} or until {OPTIONS.budget:.0f} s are over.",
        "",
        "| comparison | pairs | slower | faster | no difference | inconclusive | median ratio | median half width | s a pair |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for kind in dict.fromkeys(outcome.kind for outcome in outcomes):
        of_kind = [outcome for outcome in outcomes if outcome.kind == kind]
        counts = [
            sum(outcome.verdict == verdict for outcome in of_kind)
            for verdict in ("slower", "faster", "no difference shown", "inconclusive")
        ]
        ratio = sorted(outcome.ratio for outcome in of_kind)[len(of_kind) // 2]
        width = sorted((outcome.high - outcome.low) / 2 / outcome.ratio for outcome in of_kind)[len(of_kind) // 2]
        seconds = sum(outcome.seconds for outcome in of_kind) / len(of_kind)
        lines.append(f"| {kind} | {len(of_kind)} | {' | '.join(map(str, counts))} | {ratio:.4f} | {width:.1%} | {seconds:.0f} |")
    same = [outcome for outcome in outcomes if outcome.kind.startswith("A/A")]
    wrong = sum(outcome.verdict in ("slower", "faster") for outcome in same)
    slow = [outcome for outcome in outcomes if not outcome.kind.startswith("A/A")]
    seen = sum(outcome.verdict == "slower" for outcome in slow)
    if same:
        beyond = sum(not outcome.low <= 1 <= outcome.high for outcome in same)
        lines += [
            "",
            f"Equal things called different: {wrong} of {len(same)} ({wrong / len(same):.1%}; 5 % are allowed). "
            f"Without the margin of {statistics.SMALLEST_DIFFERENCE:.0%} it would be {beyond} ({beyond / len(same):.1%}).",
        ]
    if slow:
        lines += ["", f"A slowdown of {numpy_slowed.SLOWDOWN:.0%} called slower: {seen} of {len(slow)} ({seen / len(slow):.1%})."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
