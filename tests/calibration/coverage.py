"""How often does an interval hold the truth? `python -m tests.calibration.coverage` writes results/published/coverage.md.

Runs of two equal programs are simulated, their log-seconds made of a scatter between processes and of noise within them, and
given to `fairfit.statistics`. Everything is seeded: the file is the same whenever and wherever it is made. It takes one or two
minutes on one CPU.
"""

import argparse
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit import statistics
from tests.workbench import ROOT

PUBLISHED = ROOT / "results" / "published" / "coverage.md"
GENERATIONS = (1, 2, 3, 5, 10)
BLOCKS = (2, 3, 4, 10, 30)
NOISE = (0.01, 0.03, 0.1, 0.3)  # of one process: the standard deviation of its log-seconds between blocks
BETWEEN = (0.005, 0.05)  # of one process: the standard deviation of what is its own
TAILS = ("normal", "heavy")
REPETITIONS = 2000  # a share of 95 % is then known to ± 1 % (two standard errors)
HEADINGS = ("generations", "blocks", "noise within", "intervals that hold the truth", "equal called different", "half width")


@dataclass(frozen=True)
class Corner:
    """What many simulated runs of one kind came to, each as a share; `half_width` is the median of all."""

    held: float
    different: float
    half_width: float


def simulated(generations: int, blocks: int, noise: float, between: float, tails: str) -> Corner:
    """The ratio of two equal cells in many runs; heavy tails are those of Student's distribution with 3 degrees of freedom."""
    random = np.random.default_rng([generations, blocks, round(1000 * noise), round(1000 * between), TAILS.index(tails)])
    shape = (REPETITIONS, generations, blocks, 2)  # the last for the two cells
    within = random.standard_normal(shape) if tails == "normal" else random.standard_t(3, shape) / np.sqrt(3)
    own = random.standard_normal((REPETITIONS, generations, 1, 2))
    both = between * own + noise * within
    keys = list(itertools.product(range(generations), range(blocks)))
    even = dict.fromkeys(keys, 1.0)
    held, different, widths = 0, 0, []
    for values in np.exp(both[..., 0] - both[..., 1]).reshape(REPETITIONS, -1).tolist():
        ratio = statistics.ratio(dict(zip(keys, values, strict=True)), even)
        assert ratio is not None
        held += ratio.low <= 1 <= ratio.high
        different += statistics.verdict(ratio, precision=0.02) in ("slower", "faster")
        widths.append(ratio.half_width)
    return Corner(held / REPETITIONS, different / REPETITIONS, float(np.median(widths)))


def row(generations: int, blocks: int, noise: float) -> str:
    """A row of the table: the least and the most over scatters between processes and over tails."""
    corners = [simulated(generations, blocks, noise, *rest) for rest in itertools.product(BETWEEN, TAILS)]
    held, different, widths = zip(*((corner.held, corner.different, corner.half_width) for corner in corners), strict=True)
    shown = (f"{100 * min(values):.1f}–{100 * max(values):.1f} %" for values in (held, different, widths))
    return f"| {generations} | {blocks} | {noise:.0%} | {' | '.join(shown)} |"


def text(rows: Iterator[str]) -> str:
    """The whole file."""
    return "\n".join(
        [
            "# Coverage",
            "",
            "How often an interval that says 95 % holds the truth, in simulation: made by `python -m tests.calibration.coverage`, "
            f"{REPETITIONS:,} runs of two equal programs a corner. Noise is the scatter of one process from block to block. Each row "
            f"spans processes that differ by {BETWEEN[0]:.1%} and by {BETWEEN[1]:.0%} (standard deviation), with normal noise and "
            "with heavy tails. A word (*slower*, *faster*) needs an interval that lies beyond 1 by more than "
            f"{statistics.SMALLEST_DIFFERENCE:.0%}.",
            "",
            f"With fewer than {statistics.ENOUGH_GENERATIONS} generations a scatter of {statistics.ASSUMED_SCATTER:.0%} between "
            "generations is assumed for the missing: where processes are more alike than that, the interval is wider than it need be, "
            "and holds the truth more often than it says.",
            "",
            f"| {' | '.join(HEADINGS)} |",
            "|" + "---:|" * len(HEADINGS),
            *rows,
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.coverage", description=__doc__)
    parser.add_argument("--out", type=Path, default=PUBLISHED, help="(default: the published file)")
    out: Path = parser.parse_args().out
    out.write_text(text(row(*corner) for corner in itertools.product(GENERATIONS, BLOCKS, NOISE)), encoding="utf-8")
    print(out)


if __name__ == "__main__":
    main()
