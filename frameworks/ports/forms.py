"""The formats that a regression can be written in, by framework; the first of each is the usual one. Needs no framework."""

import importlib.util
from dataclasses import dataclass

from fairfit.frameworks import registry
from fairfit.models.errors import UserError
from fairfit.models.text import Text


@dataclass(frozen=True)
class Row:
    """One format of a framework. Its file ends in `suffix`, or all of its files do that lie beside each other under one stem;
    where the suffix is empty it is a folder. `holds_state`: whether an optimizer's state is written too; `needs` is the package that
    it cannot be written without."""

    framework: str
    name: str
    suffix: str
    told: Text
    holds_state: bool = False
    needs: str = ""

    def missing(self) -> Text | None:
        """What to do where the package that it needs is not here; None where it is."""
        if not self.needs or importlib.util.find_spec(self.needs) is not None:
            return None
        told = "pip install 'fairfit[port]'"
        return Text(f"{self.needs} is not installed: {told}", f"{self.needs} 未安装：{told}")


NPZ = Text("an archive of NumPy with weight (outputs, inputs) and bias", "NumPy 存档，含 weight（输出, 输入）与 bias")
SAFETENSORS = Text("safetensors with weight (outputs, inputs) and bias", "safetensors，含 weight（输出, 输入）与 bias")

ROWS = (
    Row(
        "mxnet", "gluon", ".params",
        Text("parameters of gluon.nn.Dense, with .states of its Trainer", "gluon.nn.Dense 的参数，及其 Trainer 的 .states"),
        holds_state=True,
    ),
    Row("mxnet", "symbol", "-0000.params", Text("symbol and parameters, as Module reads them", "符号与参数，可由 Module 读取")),
    Row("tensorflow", "keras", ".keras", Text("a Keras model of one Dense layer", "只有一个 Dense 层的 Keras 模型"), holds_state=True),
    Row("tensorflow", "savedmodel", "", Text("a SavedModel of one Dense layer", "只有一个 Dense 层的 SavedModel")),
    Row("pytorch", "state_dict", ".pt", Text("the state_dict of nn.Linear", "nn.Linear 的 state_dict")),
    Row(
        "pytorch", "checkpoint", ".pt",
        Text("a checkpoint of model_state_dict and optimizer_state_dict", "检查点：model_state_dict 与 optimizer_state_dict"),
        holds_state=True,
    ),
    Row("pytorch", "exported", ".pt2", Text("an exported program of nn.Linear", "nn.Linear 的导出程序")),
    Row("jax", "npz", ".npz", NPZ),
    Row("jax", "safetensors", ".safetensors", SAFETENSORS, needs="safetensors"),
    Row("numpy", "npz", ".npz", NPZ),
    Row("numpy", "safetensors", ".safetensors", SAFETENSORS, needs="safetensors"),
)  # fmt: skip


def of(framework: str) -> list[Row]:
    """The formats of a framework. Raises UserError where it has none."""
    found = [row for row in ROWS if row.framework == framework]
    if not found:
        raise UserError(registry.unknown(Text("framework", "框架"), framework, dict.fromkeys(row.framework for row in ROWS)))
    return found


def find(framework: str, name: str | None) -> Row:
    """A format by its name, or the usual one. Raises UserError."""
    rows = of(framework)
    for row in rows:
        if name in (None, row.name):
            return row
    raise UserError(
        registry.unknown(Text(f"format of {framework}", f"{framework} 的格式"), name or "", [row.name for row in rows])
    )
