"""How many samples of a run others disturbed, how many were taken again, and what of that is left in the numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from fairfit import statistics
from fairfit.models.text import Text, listed
from fairfit.records import Sample

SHARE = f"{statistics.DISTURBED:.0%}".replace("%", " %")


@dataclass(frozen=True)
class Disturbances:
    """Counts of samples: all, those that were disturbed, those taken again; those that count, and how many of these were
    disturbed, since nothing better was to be had. `cards` is how the cards stood, None where no sample says."""

    samples: int
    disturbed: int
    again: int
    counted: int
    left: int
    cards: Text | None = None

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> Self:
        samples = list(samples)
        counted = statistics.counted(samples)
        return cls(
            len(samples),
            sum(map(statistics.disturbed, samples)),
            sum(sample.attempt > 0 for sample in samples),
            len(counted),
            sum(map(statistics.disturbed, counted)),
            _cards(samples),
        )

    @property
    def told(self) -> Text:
        """In one line, for the conditions."""
        if not self.disturbed:
            return Text(f"none of {self.samples} samples", f"{self.samples} 个样本中没有")
        return Text(
            f"others had more than {SHARE} of the time of {self.disturbed} of {self.samples} samples, or slowed their CPUs down; "
            f"{self.again} were taken again; of the {self.counted} that count {self.left} are disturbed",
            f"{self.samples} 个样本中有 {self.disturbed} 个被占去超过 {SHARE} 的时间，或其 CPU 被拖慢；重测 {self.again} 个；"
            f"计入的 {self.counted} 个中有 {self.left} 个受干扰",
        )

    @property
    def warning(self) -> Text | None:
        """What a reader must know before the numbers; None where they are sound."""
        if not self.left:
            return None
        return Text(
            f"the machine was busy: other programs, or other machines on its host, disturbed {self.left} of the {self.counted} "
            "samples that count",
            f"测量时机器繁忙：计入的 {self.counted} 个样本中有 {self.left} 个受其他程序或同一宿主上其他虚拟机的干扰",
        )


def _cards(samples: Sequence[Sample]) -> Text | None:
    """Clocks, temperatures and work of the cards over all samples, and how often and by what their clocks were held down."""
    states = [state for sample in samples for state in sample.card]
    if not states:
        return None
    clock, celsius, busy = (
        _range(values)
        for values in (
            [state.clock_mhz for state in states],
            [state.celsius for state in states],
            [round(100 * state.busy) for state in states],
        )
    )
    held = sum(any(state.throttled for state in sample.card) for sample in samples)
    why = listed(dict.fromkeys(reason for state in states for reason in state.throttled))
    told = Text(
        f"{clock} MHz, {celsius} °C, busy {busy} % of the time; clocks held down in {held} of {len(samples)} samples",
        f"{clock} MHz，{celsius} °C，忙碌时间占 {busy} %；{len(samples)} 个样本中有 {held} 个的频率被压低",
    )
    return told + Text(" (", "（") + why + Text(")", "）") if held else told


def _range(values: Sequence[int]) -> str:
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"
