"""Settings drawn by Optuna, each where those before it promise most; the same seed draws the same."""

import importlib
import importlib.util
import math
from collections.abc import Callable, Mapping, Sequence

from fairfit.models import sweep
from fairfit.models.errors import UserError, first_line
from fairfit.models.spec import Spec
from fairfit.models.sweep import Setting, Value
from fairfit.models.text import Text

DIGITS = 4  # significant, of what is drawn: more are noise that nobody types


def check_installed() -> None:
    """Raises UserError where Optuna is not, or cannot be imported."""
    if importlib.util.find_spec("optuna") is None:
        raise UserError(
            Text(
                "--draw needs Optuna, which is not installed: pip install 'fairfit[search]'; a grid does without",
                "--draw 需要 Optuna，但未安装：请运行 pip install 'fairfit[search]'；网格搜索不需要它",
            )
        )
    try:
        importlib.import_module("optuna")
    except Exception as error:
        said = first_line(error)
        raise UserError(
            Text(f"Optuna is installed but cannot be imported: {said}", f"Optuna 已安装，但无法导入：{said}")
        ) from error


def draw(
    spec: Spec, axes: Mapping[str, Sequence[Value]], count: int, seed: int, evaluate: Callable[[Setting], float]
) -> list[Setting]:
    """So many settings, none of them twice: of the axes of the curve any value between the least and the largest, of those of the
    shape one of the values. `evaluate` gives the loss that a setting ends with, infinite where it diverges."""
    import optuna  # here: it takes a second, and few need it

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    found: dict[tuple[Value, ...], Setting] = {}
    for _ in range(10 * count):  # where there are few settings, most have been drawn before long
        trial = study.ask()
        values = {axis: _suggested(trial, axis, given) for axis, given in axes.items()}
        setting = found.get(key := tuple(values.values())) or sweep.with_values(spec, values)
        loss = evaluate(setting)
        study.tell(trial, loss if math.isfinite(loss) else 1e300)
        found[key] = setting
        if len(found) == count:
            break
    return list(found.values())


def _suggested(trial: "optuna.Trial", axis: str, given: Sequence[Value]) -> Value:  # type: ignore[name-defined]  # noqa: F821
    low, high = min(given), max(given)
    if axis in sweep.SHAPES or low == high:
        chosen: Value = trial.suggest_categorical(axis, list(dict.fromkeys(given)))
        return chosen
    drawn = trial.suggest_float(axis, low, high, log=low > 0)
    return min(high, max(low, float(f"{drawn:.{DIGITS}g}")))
