"""What explains a training, and how that is told."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from fairfit.models.rules import Rules
from fairfit.models.text import Text, join

NOTHING = Text("nothing differs from the reference by more than rounding", "与参考的差别不超过舍入误差")
UNKNOWN = Text("no convention that is known explains it", "没有已知的惯例能解释它")


@dataclass(frozen=True)
class Part:
    """A convention of a set, and the share of the distance that is explained by it and not by the others."""

    told: Text
    share: float


@dataclass(frozen=True)
class Fit:
    """A set of conventions under whose rules the reference ends where the training ended; what explains most comes first.

    `left` is the distance that remains, as a share of what was moved, `times` the same in multiples of rounding. `same` are
    other sets that lead to the same numbers by mathematics, `hides` what makes no difference once this set is followed.
    """

    parts: tuple[Part, ...]
    rules: Rules
    left: float
    times: float
    same: tuple[tuple[Text, ...], ...] = ()
    hides: tuple[Text, ...] = ()

    def told(self) -> Text:
        """In one line, with what it cannot be told apart from."""
        return told_together(part.told for part in self.parts) + _apart_from(self.same)


@dataclass(frozen=True)
class Explanation:
    """`sets` are all that fit, the smallest first; `invisible` are conventions that lead to the same numbers as the spec's own by
    its mathematics, `drowned` those whose difference is within rounding. `untried` pairs are those beyond the bound of work."""

    equal: bool
    away: float
    sets: tuple[Fit, ...] = ()
    invisible: tuple[Text, ...] = ()
    drowned: tuple[Text, ...] = ()
    untried: int = 0

    @property
    def likely(self) -> tuple[Fit, ...]:
        """The smallest sets that fit."""
        return tuple(one for one in self.sets if len(one.parts) == len(self.sets[0].parts))

    def told(self) -> Text:
        """One line: the cause, the causes that fit, or that there is none."""
        if self.equal:
            return NOTHING
        if not math.isfinite(self.away):
            told = Text("it is not finite after the first epoch", "第一轮后就不是有限数")
            causes = join((one.told() for one in self.sets), "; or ", "；或者")
            return told + Text(", as it would be if: ", "；下列情况会如此：") + causes if self.sets else told
        if not self.sets:
            return UNKNOWN + self._told_untried()
        if len(self.likely) == 1:
            return Text("likely cause: ", "可能的原因：") + self.likely[0].told()
        each = join((one.told() for one in self.likely), "; or ", "；或者")
        return Text("likely causes, each of which fits: ", "可能的原因（每一个都符合）：") + each

    def _told_untried(self) -> Text:
        if not self.untried:
            return Text("", "")
        return Text(f" ({self.untried} pairs were not tried: too much work)", f"（还有 {self.untried} 对惯例因计算量过大没有试）")


def told_together(texts: Iterable[Text]) -> Text:
    return join(texts, ", and ", "，并且")


def _apart_from(same: tuple[tuple[Text, ...], ...]) -> Text:
    if not same:
        return Text("", "")
    others = join((told_together(each) for each in same), "; or ", "；或")
    return Text(" (under this spec it cannot be told apart from: ", "（在此规格下无法与下列情形区分：") + others + Text(")", "）")
