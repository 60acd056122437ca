"""The ways to measure that are calibrated: what people run, and what the limits of the comparison are asked with."""

from dataclasses import dataclass

from fairfit.measure.options import Options

SLOWDOWNS = (0.01, 0.02, 0.05)
NUMPY, PYTORCH = "A/A, numpy", "A/A, pytorch nn"
EQUAL = (NUMPY, PYTORCH)

Named = tuple[str, str]  # framework and style


def slowed(slowdown: float) -> str:
    """What a comparison with the slowed baseline is called."""
    return f"slowed by {slowdown:.0%}"


PAIRS: dict[str, tuple[Named, Named]] = {
    NUMPY: (("numpy", "numpy"), ("numpy-again", "numpy")),
    PYTORCH: (("pytorch", "nn"), ("pytorch-again", "nn")),
    **{slowed(share): (("numpy", "numpy"), (f"numpy-slowed-{share:.0%}", "numpy")) for share in SLOWDOWNS},
}


@dataclass(frozen=True)
class Mode:
    """How a pair is measured, and which pairs are; `title` says what that is."""

    title: str
    options: Options
    kinds: tuple[str, ...] = EQUAL


MODES: dict[str, Mode] = {
    "quick": Mode("As `fairfit run --quick` measures: one generation of four blocks", Options(budget=0.0)),
    "default": Mode("As `fairfit run` measures: until ± 2 % or until 5 minutes are over", Options()),
    "make": Mode("As `make` measures: its two specs share 60 s", Options(budget=30.0)),
    "careful": Mode(
        "Five generations and more, until ± 2 % or until 40 s are over",
        Options(precision=0.02, budget=40.0, least_generations=5, most_generations=100),
        (*EQUAL, slowed(0.05)),
    ),
    "power": Mode(
        "Five generations and more, until ± 0.5 % or until 5 minutes are over",
        Options(precision=0.005, budget=300.0, least_generations=5, most_generations=1000),
        tuple(map(slowed, SLOWDOWNS)),
    ),
}

LONG = ("power",)
"""Modes that take hours, and are asked for by name."""
