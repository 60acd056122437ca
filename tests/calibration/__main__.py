"""Does the comparison call equal things equal and a small difference different? `make calibrate` asks on this machine.

A/A: the same style under two names, many pairs; at most 5 % of them may be called different, in each mode that people run,
quiet and beside a busy loop. Power: the baseline against itself slowed on purpose. Each pair is a run of its own, whose
processes are shared with no other pair. What was found before is kept: the pairs that are missing are added. Writes a
Markdown file and, as JSON, beside it.
"""

import argparse
import contextlib
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from fairfit import statistics
from fairfit.frameworks import registry
from fairfit.measure import cpus, environment, runner
from fairfit.measure.options import Options
from fairfit.measure.plan import Plan
from fairfit.models import spec as specs
from fairfit.progress import Silent
from fairfit.records import Cell, Run
from fairfit.runfiles import RunFolder
from tests.calibration import busy, rows
from tests.calibration.modes import LONG, MODES, PAIRS, Mode
from tests.calibration.outcomes import Outcome, Outcomes

SPEC = "article-softmax"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration", description=__doc__)
    parser.add_argument("--mode", choices=MODES, action="append", help="may be repeated (default: all but power)")
    parser.add_argument("--kind", choices=PAIRS, action="append", help="may be repeated (default: those of the mode)")
    parser.add_argument("--pairs", type=int, default=40, help="of each kind in each mode (default: %(default)s)")
    parser.add_argument("--minutes", type=float, help="begin no new pair after so many (default: no end)")
    parser.add_argument("--busy", action="store_true", help="beside a loop that keeps the CPU of the measurement busy")
    parser.add_argument("--out", type=Path, default=Path("results/calibration.md"), help="(default: %(default)s)")
    asked = parser.parse_args()
    registry.FRAMEWORKS += rows.again()
    until = float("inf") if asked.minutes is None else time.monotonic() + 60 * asked.minutes
    machine = environment.of_machine()
    known = asked.out.with_suffix(".json")
    found = Outcomes.read(known) if known.exists() else Outcomes(machine.cpu, machine.cpus)
    if (found.cpu, found.cpus) != (machine.cpu, machine.cpus):
        parser.error(f"{known} was measured on {found.cpus} CPUs of {found.cpu}: choose another --out")
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    with busy.loop(cpus.of("1")[0]) if asked.busy else contextlib.nullcontext():
        for name in asked.mode or [name for name in MODES if name not in LONG]:
            for kind in asked.kind or MODES[name].kinds:
                while len(done := found.of(name, kind, busy=asked.busy)) < asked.pairs and time.monotonic() < until:
                    print(f"{name}, {kind}: pair {len(done) + 1} of {asked.pairs}", file=sys.stderr)
                    found.outcomes.append(compared(name, MODES[name], kind, busy=asked.busy, seed=len(done)))
                    found.write(asked.out)
    found.write(asked.out)
    print(asked.out.read_text(encoding="utf-8"))
    return 0


def compared(name: str, mode: Mode, kind: str, *, busy: bool, seed: int) -> Outcome:
    """Measure one pair, a run of its own, and compare its two cells; the seed is that of the order of their turns."""
    one, other = (Cell(SPEC, *cell, "cpu", "1", "resident") for cell in PAIRS[kind])
    began = time.perf_counter()
    blocks = _measure([one, other], replace(mode.options, seed=seed))
    took = time.perf_counter() - began
    generations = sorted({generation for generation, _ in blocks[one.id]})
    trail = []
    for number, last in enumerate(generations, 1):
        known = {key: seconds for key, seconds in blocks[other.id].items() if key[0] <= last}
        ratio = _ratio(known, blocks[one.id])
        trail.append((took * number / len(generations), statistics.verdict(ratio, mode.options.precision)))
    ratio, kept = _ratio(blocks[other.id], blocks[one.id]), trail if name == "power" else []
    return Outcome(name, busy, kind, ratio.value, ratio.low, ratio.high, trail[-1][1], took, kept)


def _ratio(blocks: statistics.Blocks, baseline: statistics.Blocks) -> statistics.Estimate:
    ratio = statistics.ratio(blocks, baseline)
    assert ratio is not None, "the cells of a pair took turns"
    return ratio


def _measure(cells: list[Cell], options: Options) -> dict[str, dict[tuple[int, int], float]]:
    plan = Plan({SPEC: specs.find(SPEC)}, cells)
    with tempfile.TemporaryDirectory(prefix="fairfit-") as scratch:
        folder = RunFolder(Path(scratch) / "run")
        folder.create()
        run = Run("calibration", "", "", environment.of_machine(), {})
        with Silent() as progress:
            runner.run(plan, folder, run, options, data_dir=None, progress=progress)
        assert all(record.status == "measured" for record in run.cells), [record.reason for record in run.cells]
        return statistics.by_cell(folder.samples())


if __name__ == "__main__":
    sys.exit(main())
