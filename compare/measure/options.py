"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """How much is measured; times in seconds.

    - A group of cells stops when the interval of every ratio to its fastest cell is within ± `precision`, when another
      generation of fresh processes would end after its share of the `budget`, or after `most_generations` of them.
    - It gets at least `least_generations` generations of at least `blocks` blocks. Four: an even
      number balances positions, and in one generation the noise alone makes an interval of ± 9.9, 1.9 and 1.3 times its
      standard deviation from two, four and six blocks.
    - A generation takes samples for as long as its processes took to start, the last one for as long as the budget lasts.
    - Samples that others disturbed are taken again: of each generation at most `again` times as many as it has. Quiet CPUs are
      waited for, too: `again` times a quarter of a second a sample, all together.

    `time_limit` is the longest that a worker may take for one reply. Without `timing` cells are only proven. With
    `solving` each group on the CPU is also solved without a framework. `seed` is that
    of the order within the blocks.

    Looking at the intervals after every generation does not bias them: see `fairfit.statistics`.
    """

    precision: float = 0.02
    budget: float = 300.0
    least_generations: int = 1
    most_generations: int = 30
    blocks: int = 4
    time_limit: float = 600.0
    timing: bool = True
    solving: bool = True
    seed: int = 0
    again: float = 1.0
