"""A regression in a file of one framework, carried to another: what is carried, where to, and the proof."""

import contextlib
import dataclasses
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit import certificates
from fairfit.certificates import Predicted
from fairfit.frameworks import registry
from fairfit.frameworks.files.layer import Layer, State
from fairfit.frameworks.ports import forms
from fairfit.frameworks.ports.form import Carried, Momentum
from fairfit.frameworks.ports.forms import Row
from fairfit.measure import cpus, ports
from fairfit.measure.ports import Port, Porting
from fairfit.models import exercise
from fairfit.models.errors import UserError
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec
from fairfit.models.text import Text
from fairfit.progress import Progress

NO_STATE = Text("no optimizer state was read from the file", "没有从文件中读到优化器状态")


def of(layer: Layer, target: Row, rate: float | None) -> tuple[Carried, Text]:
    """What is carried of a layer into this form, and what becomes of the optimizer's state; `rate` is the learning rate of the
    next step, by default the last one that the file tells. Raises UserError where a velocity needs it and nobody tells."""
    parameters, state = Parameters(layer.weight, layer.bias), layer.state
    if state is None:
        if rate is not None:
            raise UserError(Text("--rate belongs to an optimizer's state: ", "--rate 用于优化器状态：") + NO_STATE)
        return Carried(parameters), NO_STATE
    if (why := _why_not(state, target)) is not None:
        return Carried(parameters), Text("the optimizer's state is left behind: ", "优化器状态未搬运：") + why
    assert state.factor is not None
    following = rate if rate is not None else state.rate
    if following is None or not following > 0:
        raise UserError(
            Text(
                "the velocity goes by the learning rate, which the file does not tell: name that of the next step with --rate",
                "速度与学习率有关，而文件没有说明学习率：请用 --rate 给出下一步的学习率",
            )
        )
    told = Text(
        f"the velocity is carried; the next step has learning rate {following:g}", f"已搬运速度；下一步的学习率为 {following:g}"
    )
    return Carried(parameters, Momentum(_velocity(state, following), state.factor, following)), told


def _why_not(state: State, target: Row) -> Text | None:
    """Why this state is not carried into this form; None where it is."""
    if not target.holds_state:
        return Text(f"{target.name} keeps none", f"{target.name} 不保存状态")
    if state.method != "momentum" or state.nesterov:
        kind = "Nesterov" if state.nesterov else state.method.capitalize()
        return Text(f"that of SGD with momentum is carried, and this is {kind}'s", f"只搬运带动量的 SGD 的状态，而此为 {kind} 的")
    if not state.bias or state.factor is None:
        return Text("it does not tell the momentum, or has none of the bias", "其中没有动量系数，或缺少偏置的速度")
    return None


def _velocity(state: State, rate: float) -> Parameters:
    """Without the learning rate: one that holds it is w ← w + v, so that it is divided by that of the *next* step."""
    (weight,), (bias,) = state.weight, state.bias
    if not state.holds_rate:
        return Parameters(weight, bias)
    return Parameters(weight / np.asarray(-rate, weight.dtype), bias / np.asarray(-rate, bias.dtype))


# -- where to


def place(out: Path | None, model: Path, target: Row) -> Path:
    """Where it is written: as asked, with the suffix of the form where the name has none. Raises UserError where something is."""
    path = out if out is not None else Path(f"{model.name.partition('.')[0] or 'model'}-{target.framework}{target.suffix}")
    if target.suffix and not path.name.endswith(target.suffix):
        if path.suffix and out is not None:
            raise UserError(
                Text(
                    f"{path}: a file of {target.framework}'s {target.name} ends in {target.suffix}",
                    f"{path}：{target.framework} 的 {target.name} 文件应以 {target.suffix} 结尾",
                )
            )
        path = path.with_name(path.name + target.suffix)
    if not path.parent.is_dir():
        raise UserError(Text(f"{path}: there is no folder {path.parent}", f"{path}：没有文件夹 {path.parent}"))
    stem = path.name.removesuffix(target.suffix) if target.suffix else path.name
    for there in (path, path.with_name(stem + ".states"), path.with_name(stem + "-symbol.json")):
        refuse_what_is_there(there, "--out")
    return path


def refuse_what_is_there(path: Path, option: str) -> None:
    """Nothing is overwritten. Raises UserError."""
    if os.path.lexists(path):
        raise UserError(
            Text(f"{path} is there: choose another {option}, or remove it", f"{path} 已存在：请另选 {option}，或先删除它")
        )


def moved(written: Path, to: Path) -> list[Path]:
    """Move what a worker wrote to its place; nothing that is there is overwritten. The file that was asked for comes first."""
    stem = written.name
    files = sorted(written.parent.iterdir(), key=lambda file: (file.name != stem, file.name))
    targets = [to.with_name(file.name) for file in files]
    made: list[Path] = []
    try:
        for file, target in zip(files, targets, strict=True):
            refuse_what_is_there(target, "--out")
            made.append(target)
            shutil.move(file, target)
    except BaseException:
        for target in made:
            with contextlib.suppress(OSError):
                shutil.rmtree(target) if target.is_dir() else target.unlink()
        raise
    return targets


def is_here(framework: str) -> bool:
    """Whether it is installed."""
    return registry.installed_version(registry.find(framework)) is not None


# -- proof


@dataclass(frozen=True)
class Laid:
    """The data of a spec in a folder, and the SHA-256 of its features."""

    folder: Path
    spec: Spec
    sha256: str


def rows_of(spec: Spec, parameters: Parameters, folder: Path, data_dir: Path | None) -> Laid:
    """In the dtype of the parameters. Raises UserError where the data has not their inputs."""
    training = dataclasses.replace(spec.training, dtype=parameters.weight.dtype.name)
    laid_out = exercise.lay_out(dataclasses.replace(spec, training=training), folder, data_dir)
    inputs = parameters.weight.shape[1]
    if laid_out.data.inputs != inputs:
        raise UserError(
            Text(
                f"{spec.name} has {laid_out.data.inputs} inputs, and the layer takes {inputs}",
                f"{spec.name} 有 {laid_out.data.inputs} 个输入，而该层需要 {inputs} 个",
            )
        )
    return Laid(folder, laid_out.spec, certificates.digest(laid_out.data.train_features, laid_out.data.test_features))


@dataclass(frozen=True)
class Proof:
    """`target` wrote the port, `others` predict the same."""

    target: Porting
    others: list[Porting]

    @property
    def predictions(self) -> list[Predicted]:
        """The port's first."""
        return [
            Predicted(one.port.entry.name, one.reply.version, one.port.form, one.reply.judged)
            for one in (self.target, *self.others)
            if one.reply is not None
        ]


def prove(
    carried: Carried,
    target: Row,
    name: str,
    others: Sequence[str],
    rows: Laid | None,
    scratch: Path,
    limit: float,
    progress: Progress,
) -> Proof:
    """Have the target written, under this name in a folder of its own, and all of them predict; each of the `others` writes its
    usual form for that. Raises UserError where the target cannot be written."""
    wanted = [target, *(forms.find(framework, None) for framework in others)]
    portings = []
    for number, row in enumerate(wanted):
        folder = scratch / str(number)
        to = folder / "written" / (name if number == 0 else f"model{row.suffix}")
        to.parent.mkdir(parents=True)
        entry = registry.find(row.framework)
        portings.append(
            Porting(Port(entry, row.name), carried, to, folder / "worker", None if rows is None else rows.folder, limit)
        )
    ports.carry_out(portings, cpus.lanes(1, cpus.available()), progress)
    if (failure := portings[0].failure) is not None:
        title = portings[0].port.entry.title
        raise UserError(Text(f"{title} cannot write it: ", f"{title} 无法写入：") + failure.reason)
    return Proof(portings[0], portings[1:])
