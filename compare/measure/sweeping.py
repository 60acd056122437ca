"""A sweep, searched: every setting trained once in the reference, and of those that compute as much one chosen to be timed."""

import contextlib
import dataclasses
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fairfit.asked import SettingRecord, SweepRecord
from fairfit.measure import drawing
from fairfit.models import exercise as exercises
from fairfit.models import feasible, optimum, sweep
from fairfit.models.errors import SpecError
from fairfit.models.exercise import Exercise
from fairfit.models.optimum import Optimum
from fairfit.models.spec import Spec
from fairfit.models.spread import Spread
from fairfit.models.sweep import Curve, Setting, Value
from fairfit.models.text import Text
from fairfit.progress import Progress


@dataclass(frozen=True)
class Draw:
    """So many settings are drawn, by this seed, in place of a whole grid."""

    count: int
    seed: int = 0


def search(
    spec: Spec, axes: Mapping[str, Sequence[Value]], draw: Draw | None, data_dir: Path | None, progress: Progress
) -> tuple[list[Spec], SweepRecord]:
    """The specs to be timed, one of each shape and one to check by, and what was found of all settings.

    Raises SpecError where the spec cannot have a value, or where every setting diverges; DataError as the source does.
    """
    with tempfile.TemporaryDirectory(prefix="fairfit-") as folder:
        searcher = _Searcher(Path(folder), data_dir, progress)
        settings = None if draw else sweep.grid(spec, axes)
        count = draw.count if draw else len(settings or ())
        told = Text(f"{spec.name}: {count} settings in the float64 reference", f"{spec.name}：用 float64 参考训练 {count} 组设置")
        progress.stage(told, count)
        if draw is not None:
            settings = drawing.draw(spec, axes, draw.count, draw.seed, lambda one: searcher.searched(one).end)
        found = [searcher.searched(setting) for setting in settings or ()]
        return _record_of(spec, axes, draw, found)


@dataclass(frozen=True)
class _Searched:
    setting: Setting
    curve: Curve
    exercise: Exercise
    least: float | None

    @property
    def end(self) -> float:
        """The loss that it ends with; infinite where it diverges."""
        return math.inf if self.curve.diverges else self.curve.losses[-1]

    @property
    def shape(self) -> tuple[Spec, bool]:
        return sweep.shape(self.setting.spec), bool(self.curve.hazards)


class _Searcher:
    """Trains settings in the reference: those of the same data share its files, those of the same objective its least loss."""

    def __init__(self, folder: Path, data_dir: Path | None, progress: Progress) -> None:
        self.folder = folder
        self.data_dir = data_dir
        self.progress = progress
        self.laid_out: list[tuple[Spec, Path]] = []
        self.leasts: dict[tuple[object, ...], float | None] = {}
        self.known: dict[Spec, _Searched] = {}

    def searched(self, setting: Setting) -> _Searched:
        spec = setting.spec
        if spec in self.known:
            return self.known[spec]
        own = self.folder / str(len(self.known))
        like = next((path for other, path in self.laid_out if exercises.same_data(other, spec)), None)
        exercise = exercises.lay_out(spec, own, self.data_dir, like)
        feasible.values_held(exercise)
        if like is None:
            self.laid_out.append((spec, own))
        objective = spec.model, spec.source, spec.data, spec.training.dtype, spec.training.l2
        if objective not in self.leasts:
            best = optimum.find(spec, exercise.data)
            self.leasts[objective] = best.loss if isinstance(best, Optimum) else None
        self.known[spec] = _Searched(setting, sweep.curve(exercise), exercise, self.leasts[objective])
        self.progress.step()
        return self.known[spec]


def _record_of(
    spec: Spec, axes: Mapping[str, Sequence[Value]], draw: Draw | None, found: Sequence[_Searched]
) -> tuple[list[Spec], SweepRecord]:
    shapes: dict[tuple[Spec, bool], list[_Searched]] = {}
    for one in found:
        if not one.curve.diverges:
            shapes.setdefault(one.shape, []).append(one)
    timed = {key: chosen for key, members in shapes.items() if (chosen := _chosen(members)) is not None}
    if not timed:
        raise SpecError(
            Text(
                f"spec {spec.name!r} diverges under each of the {len(found)} settings: name lower learning rates",
                f"规格 {spec.name!r} 在全部 {len(found)} 组设置下都发散：请给出更小的学习率",
            )
        )
    names = {key: sweep.named(chosen.setting, axes, hazards=key[1]) for key, chosen in timed.items()}
    check, checked = _check(shapes, timed)
    specs = [dataclasses.replace(chosen.setting.spec, name=names[key]) for key, chosen in timed.items()]
    if check is not None and checked is not None:
        specs.append(dataclasses.replace(check.setting.spec, name=f"{names[checked]}+check"))
    drawn = Text(f"{len(found)} settings drawn by Optuna's TPE, seed {draw.seed}", f"由 Optuna 的 TPE 抽取 {len(found)} 组设置，种子 {draw.seed}") if draw else ""  # fmt: skip
    return specs, SweepRecord(
        axes={name: [float(value) for value in dict.fromkeys(values)] for name, values in axes.items()},
        settings=[_record(one, names) for one in found],
        check=specs[-1].name if check is not None else "",
        checked=names[checked] if checked is not None else "",
        drawn=drawn,
    )


def _chosen(members: Sequence[_Searched]) -> _Searched | None:
    """The setting that ends lowest, of those that the dtype of the spec bears too; None where it bears none."""
    for one in sorted(members, key=lambda one: one.end):
        if _bearable(one):
            return one
    return None


def _check(
    shapes: Mapping[tuple[Spec, bool], Sequence[_Searched]], timed: Mapping[tuple[Spec, bool], _Searched]
) -> tuple[_Searched | None, tuple[Spec, bool] | None]:
    """Another setting of the shape that is timed soonest, the one that ends furthest from what is timed there; and its shape."""
    for key, chosen in sorted(timed.items(), key=lambda item: item[1].exercise.steps):
        others = sorted(shapes[key], key=lambda one: -one.end)
        for one in others:
            if one is not chosen and _bearable(one):
                return one, key
    return None, None


def _bearable(one: _Searched) -> bool:
    """Whether training stays finite in the dtype of the spec, and has something to prove."""
    spread = Spread(one.exercise, count=2)
    with contextlib.suppress(SpecError):
        feasible.stays_finite(one.exercise, spread, search=False)
        return feasible.nothing_moved(one.exercise, spread) is None
    return False


def _record(one: _Searched, names: Mapping[tuple[Spec, bool], str]) -> SettingRecord:
    curve = one.curve
    return SettingRecord(
        values={name: float(value) for name, value in one.setting.values.items()},
        timed_as="" if curve.diverges else names.get(one.shape, ""),
        losses=[] if curve.diverges else list(curve.losses),
        least=one.least,
        metric=None if curve.diverges else curve.metric,
        hazards=list(curve.hazards),
    )
