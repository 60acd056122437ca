"""What Keras's JSON says of a network: whether it is one Dense layer, and what it ends in; nothing is built from it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fairfit.frameworks.files.tensors import names, shown
from fairfit.models.errors import UserError
from fairfit.models.text import Text

NETWORKS = {"Sequential", "Functional", "Model"}
# at inference what comes in goes out, if in another shape
HARMLESS = {
    "InputLayer",
    "Flatten",
    "Dropout",
    "Identity",
    "GaussianNoise",
    "GaussianDropout",
    "AlphaDropout",
    "ActivityRegularization",
}
DTYPES = {"float32", "float64", "float16", "bfloat16"}
CANNOT_SHOW = Text("a file of weights alone cannot show an activation", "单独的权重文件无法显示激活函数")
DEEPEST = 16


@dataclass(frozen=True)
class Network:
    ends_in: str
    notes: tuple[Text, ...] = ()


def network(config: Any, layer: str | None = None) -> Network:
    """What the network is, around its Dense layer or the one that `layer` chooses; UserError names what would change a number."""
    try:
        if not _of_keras(config) or config["class_name"] not in NETWORKS:
            name = shown(str(config["class_name"]))
            said = Text(
                f"the model is of a class of its own, {name}, whose file cannot show what it computes around its layers",
                f"模型是自定义类 {name}，文件无法显示其层之外的计算",
            )
            return Network("", (said,))
        layers = list(_layers(config))
        dense = [about for kind, about in layers if kind == "Dense"]
        if len(dense) < 2:
            return Network(_end(layers))
        chosen = [about for about in dense if about["name"] == layer]
        if len(chosen) != 1:
            there = names(about["name"] for about in dense)
            raise UserError(
                Text(
                    f"it holds more than one dense layer: {there}; choose one by its name with --layer",
                    f"其中有多个全连接层：{there}；请用 --layer 按名称选择一个",
                )
            )
        return Network("softmax" if _activation("Dense", chosen[0]) else "scores")
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise UserError(Text("what the file says of its layers is damaged", "文件中关于各层的内容已损坏")) from error


def _end(layers: list[tuple[str, Any]]) -> str:
    """What a network of one Dense layer ends in."""
    ends_in, seen = "scores", False
    for kind, about in layers:
        seen = seen or kind == "Dense"
        if _activation(kind, about):
            if not seen:
                raise _changes(kind, about)
            if ends_in == "softmax":
                twice = shown(about["name"])
                raise UserError(
                    Text(f"the model has softmax twice, the second in {twice}", f"模型有两次 softmax，第二次在 {twice}")
                )
            ends_in = "softmax"
    return ends_in


def _layers(config: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Class and settings of the layers in order, those of networks inside too; any that is not plain is refused by name."""
    if depth > DEEPEST:
        raise UserError(Text("its networks nest too deeply", "其网络嵌套过深"))
    settings = config["config"]
    layers = settings["layers"] if isinstance(settings, dict) else settings  # the first Keras 2 had the list itself
    for layer in layers:
        kind, about = layer["class_name"], layer["config"]
        if not _of_keras(layer):
            raise _changes(str(layer.get("registered_name") or kind), about)
        if kind in NETWORKS:
            yield from _layers(layer, depth + 1)
            continue
        if kind not in HARMLESS | {"Dense", "Activation", "Softmax"}:
            raise _changes(kind, about)
        _check_dtype(about)
        if about.get("quantization_config") or about.get("quantization_mode") or about.get("lora_rank"):
            raise UserError(
                Text(
                    f"the layer {shown(str(about['name']))} is quantised or adapted",
                    f"层 {shown(str(about['name']))} 经过量化或适配",
                )
            )
        if not isinstance(about["name"], str):
            raise TypeError(about)
        yield kind, about


def _of_keras(layer: Any) -> bool:
    """Whether a class is Keras's own, and not one that was registered under a name like it."""
    registered, module = layer.get("registered_name"), layer.get("module")
    own = module is None or str(module).split(".")[0] in ("keras", "tensorflow", "tf_keras")
    return own and (registered is None or registered in (layer["class_name"], f"keras>{layer['class_name']}"))


def _activation(kind: str, about: Any) -> bool:
    """Whether the layer applies softmax; refuses what is neither that nor nothing."""
    if kind == "Softmax":
        if about.get("axis", -1) not in (-1, 1):
            raise _changes(kind, about)
        return True
    if kind not in ("Dense", "Activation"):
        return False
    activation = about.get("activation", "linear")
    if isinstance(activation, dict):
        activation = activation.get("config")
    if activation not in (None, "linear", "softmax"):
        raise UserError(
            Text(
                f"the layer {shown(str(about['name']))} has the activation {shown(str(activation))}; read are softmax and none",
                f"层 {shown(str(about['name']))} 的激活函数是 {shown(str(activation))}；只读取 softmax 或无激活函数",
            )
        )
    return activation == "softmax"


def _check_dtype(about: Any) -> None:
    dtype = about.get("dtype")
    if isinstance(dtype, dict):
        plain = dtype["class_name"] in ("DTypePolicy", "Policy")
        dtype = dtype["config"]["name"] if plain else dtype["class_name"]
    if dtype is not None and dtype not in DTYPES:
        raise UserError(
            Text(
                f"the layer {shown(str(about.get('name')))} computes in {shown(str(dtype))}, which rounds its weights",
                f"层 {shown(str(about.get('name')))} 以 {shown(str(dtype))} 计算，会对权重取舍",
            )
        )


def _changes(kind: str, about: Any) -> UserError:
    name = shown(str(about.get("name"))) if isinstance(about, dict) else "?"
    return UserError(
        Text(
            f"it has a layer {name} ({shown(kind)}) that changes what goes in or comes out, and only one dense layer alone is read",
            f"其中的层 {name}（{shown(kind)}）会改变输入或输出，而只读取单独一个全连接层",
        )
    )


# -- where there is no JSON: a group of arrays is named after the class of its layer ------------------------------------------

HARMLESS_GROUPS = {
    "input_layer",
    "flatten",
    "dropout",
    "identity",
    "gaussian_noise",
    "gaussian_dropout",
    "alpha_dropout",
    "dense",
}
CONTAINERS = {"layers", "sequential", "functional", "model"}
OTHER_MATRICES = {"embedding", "einsum_dense"}  # layers with a matrix that is no kernel


def harmless_group(path: str, name: str, *, empty: bool) -> bool:
    """Whether a group is of no layer that changes a number, or has arrays that will show by their shapes what it is.

    A model of a class of its own names groups after attributes; there the layer's own name is that of its class.
    """
    kinds = {re.sub(r"_\d+$", "", each) for each in (path.rpartition("/")[2], name)}
    return bool(kinds & (HARMLESS_GROUPS | CONTAINERS)) if empty else not kinds & OTHER_MATRICES
