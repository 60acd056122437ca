"""What two workers that train one model came to."""

from dataclasses import dataclass

from fairfit.models.text import Text


@dataclass(frozen=True)
class Findings:
    """`works`: all ended well and within the tolerance; else `reason` says why (our words, or the last line of what failed).

    `largest_distance` is the largest difference of any parameter of any worker from one process in float64, over the norm
    of that; `workers_agree`: all have the same parameters to the bit; `step_milliseconds` is a median; `processes` counts
    workers and their helpers. None where it is not known.
    """

    works: bool
    reason: Text | str
    engine: Text
    workers: int
    steps: int
    largest_distance: float | None
    workers_agree: bool | None
    step_milliseconds: float | None
    processes: int
