"""What a test of your own asserts: that frameworks, or your own code, train a spec to the weights of the reference."""

import os
import shlex
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from fairfit.commands import selection
from fairfit.commands.prove import prove
from fairfit.commands.selection import AnySpec
from fairfit.frameworks import registry
from fairfit.measure.proof import ALLOWED, too_far
from fairfit.models import exercise as exercises
from fairfit.models import explanation, plain_function
from fairfit.models.errors import UserError
from fairfit.models.exercise import Exercise
from fairfit.models.targets import Target, Targets
from fairfit.models.text import Text

Trained = Iterable[tuple[Any, Any]]  # weight (outputs, inputs) and bias (outputs,) after each epoch
Training = Callable[..., Trained]


def assert_same_training(
    spec: AnySpec,
    *trained: str | Training,
    data_dir: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
) -> None:
    """Assert that all of these train the spec to the weights of the float64 reference after each epoch.

    Each is a framework ('mxnet': all its styles), one style of it ('pytorch/nn'), or a function of your own: it takes an Exercise
    (`spec`, `data`, `start`, `orders`), or by their names what it needs of it (features, targets, weight, bias, orders, batch_size,
    learning_rates, momentum, l2, …, as `train` of an --adapter), and gives weight (outputs, inputs) and bias (outputs,) after each
    epoch. What is allowed is
    four times what rounding makes. AssertionError names the first epoch, weight or bias, distance, what is allowed, the likely
    cause, and the command to see it. `out` keeps the run of the frameworks. Raises UserError where something cannot be tried.

    >>> import fairfit
    >>> fairfit.assert_same_training("article-linear", "numpy")
    """
    __tracebackhide__ = True  # of pytest: what is wrong stands in the message
    if not trained:
        raise UserError("name what is to train the spec: a framework, a framework/style, or a function of your own")
    own = [one for one in trained if not isinstance(one, str)]
    names = [one for one in trained if isinstance(one, str)]
    found = selection.found(spec)
    wrong = []
    if own:
        exercise = exercises.make(found, Path(data_dir) if data_dir is not None else None)
        targets = Targets(exercise).planned()
        wrong += [told for one in own if (told := _wrong(one, exercise, targets)) is not None]
    if names:
        wrong += _wrong_frameworks(spec, names, data_dir, out)
    if wrong:
        others = ",".join(dict.fromkeys(name.partition("/")[0] for name in names)) or "numpy"
        see = shlex.join(
            ["fairfit", "prove", str(spec) if isinstance(spec, str | os.PathLike) else found.name, "--frameworks", others]
        )
        raise AssertionError("\n".join([*wrong, f"to see what is right: {see}"]))


def _wrong(training: Training, exercise: Exercise, targets: Sequence[Target]) -> str | None:
    """Why a function does not train as the reference does; None where it does."""
    name, spec = getattr(training, "__name__", repr(training)), exercise.spec
    if plain_function.is_plain(training):
        found = plain_function.whole(training, exercise)
    else:
        found = [plain_function.parameters(pair) for pair in training(exercise)]
    if len(found) != len(targets):
        return f"{name}: gave parameters {len(found)} times: must be {len(targets)}, after each epoch of {spec.name}"
    for epoch, (here, target) in enumerate(zip(found, targets, strict=True), 1):
        if (here.weight.shape, here.bias.shape) != (target.exact.weight.shape, target.exact.bias.shape):
            shapes = f"{here.weight.shape} and {here.bias.shape}", f"{target.exact.weight.shape} and {target.exact.bias.shape}"
            return f"{name}: weight and bias of shape {shapes[0]}: must be {shapes[1]}"
        times = target.times_rounding(here)
        if not times <= ALLOWED:
            cause = explanation.explain(exercise, found, targets).told()
            part, far = target.furthest(here)
            return f"{name}: after epoch {epoch} {too_far(part, far, times, ALLOWED)}; {cause}"
    return None


def _wrong_frameworks(
    spec: AnySpec, names: Sequence[str], data_dir: str | os.PathLike[str] | None, out: str | os.PathLike[str] | None
) -> list[str]:
    """Why cells of these frameworks are not proven; empty where all are."""
    chosen = [name.partition("/")[::2] for name in names]
    for framework, style in chosen:
        entry = registry.find(framework)
        if style and style not in entry.styles:
            raise UserError(registry.unknown(Text("style", "写法"), style, entry.styles))
    with tempfile.TemporaryDirectory(prefix="fairfit-") as folder:
        styles = [style for framework, style in chosen for style in ([style] if style else registry.find(framework).styles)]
        result = prove(
            spec,
            frameworks=[framework for framework, _ in chosen],
            styles=styles,
            data_dir=data_dir,
            out=out or Path(folder) / "proof",
        )
        asked = {framework for framework, style in chosen if not style}
        rows = [
            row.record
            for row in result.evidence.rows
            if row.record.cell.framework in asked or (row.record.cell.framework, row.record.cell.style) in chosen
        ]
        return [f"{record.id}: {record.status}: {record.reason}" for record in rows if record.status != "measured"]
