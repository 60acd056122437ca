"""PyTorch's exported programs (.pt2) without torch, whose own loader runs the pickles inside; none of them is looked at.

The program is a list of operators of ATen: it is one dense layer if it is `linear`, or what `linear` is decomposed to.
"""

import dataclasses
from typing import Any

from fairfit.frameworks.files import contents
from fairfit.frameworks.files.archive import Archive
from fairfit.frameworks.files.pytorch import check_strides, strided
from fairfit.frameworks.files.tensors import SIZES, Held, Tensor, from_bytes, shown
from fairfit.models.errors import UserError
from fairfit.models.text import Text

CONFIG = "data/weights/model_weights_config.json"
TYPES = {6: "float16", 7: "float32", 8: "float64", 13: "bfloat16"}  # torch._export.serde.schema.ScalarType
LAYER = {"linear.default", "addmm.default", "matmul.default", "mm.default"}
OUTPUTS_FIRST = {"linear.default": True}  # the others take (inputs, outputs), unless it is transposed before
TRANSPOSED = {"permute.default", "t.default", "transpose.int", "numpy_T.default"}
ADDED = {"add.Tensor"}
HARMLESS = {
    "flatten.using_ints",
    "dropout.default",
    "view.default",
    "reshape.default",
    "clone.default",
    "detach.default",
    "alias.default",
    "sym_size.int",
}
SOFTMAX = {"softmax.int", "_softmax.default"}
LOG_SOFTMAX = {"log_softmax.int", "_log_softmax.default"}
LOGARITHM = Text(
    "the program ends in log_softmax: its output is the logarithm of the probabilities",
    "程序以 log_softmax 结尾：输出是概率的对数",
)


def is_one(archive: Archive) -> bool:
    return any(name == CONFIG or name.endswith(f"/{CONFIG}") for name in archive.names)


def read(archive: Archive) -> Held:
    config = next(name for name in archive.names if name == CONFIG or name.endswith(f"/{CONFIG}"))
    folder = config.removesuffix(CONFIG)
    try:
        entries = contents.parsed(archive.read(config), "the list of weights")["config"]
        program = contents.parsed(archive.read(f"{folder}models/model.json"), "the program")["graph_module"]
        tensors = tuple(_tensor(archive, folder, name, entry) for name, entry in entries.items())
        buffers = [
            target for spec in program["signature"]["input_specs"] for target in spec if target not in ("parameter", "user_input")
        ]
        nodes = [(node["target"].removeprefix("torch.ops.aten."), node) for node in program["graph"]["nodes"]]
        held = Held("PyTorch exported program", tensors, outputs_first=True, framework="pytorch")
        if buffers:
            raise UserError(
                Text(f"the program has inputs beside weights: {shown(buffers[0])}", f"程序除权重外还有输入：{shown(buffers[0])}")
            )
        return _checked(held, nodes)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise UserError(Text("what the archive says of its program is damaged", "压缩包中关于程序的内容已损坏")) from error


def _checked(held: Held, nodes: list[tuple[str, Any]]) -> Held:
    """The same tensors, with how they lie and what the program ends in; refused by operator where it is more than a layer."""
    kinds = [kind for kind, _ in nodes]
    allowed = LAYER | TRANSPOSED | ADDED | HARMLESS | SOFTMAX | LOG_SOFTMAX
    others = sorted(set(kinds) - allowed)
    if others:
        raise UserError(
            Text(
                f"the program has the operator {shown(others[0])}, and only one dense layer alone is read",
                f"程序中有运算 {shown(others[0])}，而只读取单独一个全连接层",
            )
        )
    layers = [kind for kind in kinds if kind in LAYER]
    if len(layers) != 1:
        raise UserError(
            Text(
                f"the program has {len(layers)} dense layers, and one alone is read",
                f"程序中有 {len(layers)} 个全连接层，而只读取单独一个",
            )
        )
    added = sum(kind in ADDED for kind in kinds)
    biased = layers[0] in ("matmul.default", "mm.default") and len(held.tensors) == 2
    ends = [kind for kind in kinds if kind in SOFTMAX | LOG_SOFTMAX]
    turned = [node for kind, node in nodes if kind in TRANSPOSED]
    if (
        added != int(biased)
        or len(ends) > 1
        or (ends and kinds[-1] != ends[0])
        or len(turned) > 1
        or any(not _is_softmax(node) for kind, node in nodes if kind in ends)
    ):
        raise UserError(
            Text(
                f"the program is more than one dense layer: {shown(' → '.join(kinds))}",
                f"程序不止一个全连接层：{shown(' → '.join(kinds))}",
            )
        )
    if any(factor != 1 for kind, node in nodes if kind in ADDED | LAYER for factor in _factors(node)):
        raise UserError(Text("the program multiplies its layer by a number", "程序将该层乘以一个数"))
    used = [given["arg"]["as_tensor"]["name"] for _, node in nodes for given in node["inputs"] if "as_tensor" in given["arg"]]
    weights = {f"p_{tensor.name}".replace(".", "_") for tensor in held.tensors}
    if not weights <= set(used) or (biased and kinds.index("add.Tensor") < kinds.index(layers[0])):
        raise UserError(
            Text("the program uses its weights in another way than a dense layer", "程序使用权重的方式与全连接层不同")
        )
    if turned and turned[0]["inputs"][0]["arg"]["as_tensor"]["name"] not in weights:
        raise UserError(Text("the program transposes something that is no weight", "程序转置了非权重的张量"))
    first = OUTPUTS_FIRST.get(layers[0], False) != bool(turned)
    notes = (LOGARITHM,) if ends and ends[0] in LOG_SOFTMAX else ()
    return dataclasses.replace(held, outputs_first=first, ends_in="softmax" if ends else "scores", notes=notes)


def _is_softmax(node: Any) -> bool:
    """Whether it goes over the classes of (batch, classes)."""
    return next(given["arg"]["as_int"] for given in node["inputs"] if given["name"] == "dim") in (1, -1)


def _factors(node: Any) -> list[Any]:
    """alpha and beta of addmm and add, where they are given."""
    return [value for given in node["inputs"] if given["name"] in ("alpha", "beta") for value in given["arg"].values()]


def _tensor(archive: Archive, folder: str, name: str, entry: Any) -> Tensor:
    about = entry["tensor_meta"]
    shape, strides = tuple(size["as_int"] for size in about["sizes"]), tuple(stride["as_int"] for stride in about["strides"])
    offset, place = about["storage_offset"]["as_int"], f"{folder}data/weights/{entry['path_name']}"
    dtype = TYPES.get(about["dtype"], f"ScalarType {about['dtype']}")
    if entry["use_pickle"] or len(shape) != len(strides):
        raise UserError(Text(f"{shown(name)} is a pickle, which is not loaded", f"{shown(name)} 是 pickle，不予加载"))
    if dtype in SIZES:
        check_strides(name, offset, shape, strides, archive.size(place) // SIZES[dtype])

    def read() -> Any:
        data = archive.read(place)
        return strided(from_bytes(data, dtype, (len(data) // SIZES[dtype],)), offset, shape, strides)

    return Tensor(name, shape, dtype, read)
