"""One dense layer among the tensors of a file, found by shape: a matrix, and at most one vector as long as its outputs."""

import re

import numpy as np

from fairfit.frameworks.files.layer import Layer, State
from fairfit.frameworks.files.tensors import SIZES, Held, Slots, Tensor, names, shown, told
from fairfit.models.errors import UserError
from fairfit.models.text import Text

NOT_A_BIAS = {"weight", "gamma", "scale", "mean", "var", "variance", "std"}  # last word of a vector of another kind of layer
LAST_WORD = re.compile(r"[./_:]*(weight|kernel|bias)(:0)?$")
WRITTEN = {
    "weight": True,
    "kernel": False,
}  # last word of a name → outputs first? PyTorch and MXNet say weight, Keras and Flax kernel


def dense(held: Held, *, layer: str | None = None, outputs_first: bool | None = None) -> Layer:
    """The layer; raises UserError where there is none, or more than one and `layer` chooses none of them."""
    weight = _weight(held, layer)
    others = [tensor for tensor in held.tensors if tensor is not weight]
    bias = _bias_of(weight, others) if layer is not None else _only_bias(weight, others)
    first, notes = _outputs_first(held, weight, bias, outputs_first)
    outputs = weight.shape[0 if first else 1]
    if bias is not None and bias.shape != (outputs,):
        raise UserError(
            Text(
                f"{told([weight, bias])}: no dense layer, whose bias would have {outputs} values",
                f"{told([weight, bias])}：不是全连接层，其偏置应有 {outputs} 个值",
            )
        )
    arrays = [_finite(weight)] + ([_finite(bias)] if bias is not None else [])
    dtype = np.result_type(np.float32, *arrays)  # float16 and bfloat16 widened, as a narrower bias is: exactly
    if {tensor.dtype for tensor in [weight, *([bias] if bias else [])]} != {dtype.name}:
        notes += (_widened(weight, bias, dtype.name),)
    if layer is not None and len(held.tensors) > len(arrays):
        left = names(tensor.name for tensor in others if tensor is not bias)
        notes += (Text(f"only {shown(layer)} was read, not {left}", f"只读取了 {shown(layer)}，未读取 {left}"),)
    state, said = _state(held.slots, weight, bias, first, dtype)
    return Layer(
        weight=_laid(arrays[0], first, dtype),
        bias=arrays[1].astype(dtype) if bias is not None else np.zeros(outputs, dtype),
        has_bias=bias is not None,
        name=parent(weight.name) or weight.name,
        ends_in=held.ends_in,
        format=held.format,
        notes=held.notes + notes + said,
        state=state,
        framework=held.framework,
    )


def parent(name: str) -> str:
    """The layer's name in that of its weight: dense0 of dense0_weight, fc of fc.weight, scores of scores/kernel."""
    return LAST_WORD.sub("", name)


# -- which tensors ---------------------------------------------------------------------------------------------------------


def _weight(held: Held, layer: str | None) -> Tensor:
    matrices = [tensor for tensor in held.tensors if len(tensor.shape) == 2]
    if layer is not None:
        chosen = [tensor for tensor in matrices if layer in (tensor.name, parent(tensor.name))]
        if not chosen:
            there = names(parent(tensor.name) or tensor.name for tensor in matrices) or "–"
            raise UserError(
                Text(
                    f"it holds no dense layer {shown(layer)}; it holds {there}",
                    f"其中没有全连接层 {shown(layer)}；其中有 {there}",
                )
            )
        matrices = chosen
    if not matrices:
        there = told(held.tensors)
        raise UserError(
            Text(
                f"it holds no dense layer, which is a matrix and a bias; it holds {there}",
                f"其中没有全连接层（一个矩阵和一个偏置）；其中有 {there}",
            )
            if there
            else Text("it holds no tensor at all", "其中没有任何张量")
        )
    if len(matrices) > 1:
        there = names(parent(tensor.name) or tensor.name for tensor in matrices)
        raise UserError(
            Text(
                f"it holds more than one dense layer: {there}; choose one by its name with --layer",
                f"其中有多个全连接层：{there}；请用 --layer 按名称选择一个",
            )
        )
    (weight,) = matrices
    _check_kind(weight)
    if not all(weight.shape):
        raise UserError(Text(f"{told([weight])} is empty", f"{told([weight])} 为空"))
    return weight


def _only_bias(weight: Tensor, others: list[Tensor]) -> Tensor | None:
    """The bias where the file is to hold this layer alone: whatever else there is might change what is computed."""
    if not others:
        return None
    bias = others[0]
    if len(others) > 1 or len(bias.shape) != 1 or not _may_be_bias(weight, bias):
        raise UserError(
            Text(
                f"beside {told([weight])} it holds {told(others)}, which is no bias: only one dense layer alone is read",
                f"除 {told([weight])} 外还有 {told(others)}，不是偏置：只读取单独一个全连接层",
            )
        )
    _check_kind(bias)
    return bias


def _bias_of(weight: Tensor, others: list[Tensor]) -> Tensor | None:
    """The bias of the layer that was chosen: by its name, else by its length."""
    vectors = [tensor for tensor in others if len(tensor.shape) == 1]
    found = [tensor for tensor in vectors if parent(tensor.name) == parent(weight.name) != weight.name]
    if not found and parent(weight.name) == weight.name:  # names as W and b say nothing
        found = [tensor for tensor in vectors if tensor.shape[0] in weight.shape and parent(tensor.name) == tensor.name]
    if len(found) > 1:
        raise UserError(
            Text(
                f"each of {told(found)} might be the bias of {shown(weight.name)}",
                f"{told(found)} 都可能是 {shown(weight.name)} 的偏置",
            )
        )
    for tensor in found:
        _check_kind(tensor)
    return found[0] if found else None


def _may_be_bias(weight: Tensor, bias: Tensor) -> bool:
    if re.split(r"[./_:]", bias.name.removesuffix(":0"))[-1].lower() in NOT_A_BIAS:
        return False
    both_say = bool(LAST_WORD.search(weight.name) and LAST_WORD.search(bias.name))
    return not both_say or parent(weight.name) == parent(bias.name)


def _check_kind(tensor: Tensor) -> None:
    if tensor.dtype not in SIZES:
        raise UserError(
            Text(
                f"{shown(tensor.name)} is of type {tensor.dtype}; read are float64, float32, float16 and bfloat16",
                f"{shown(tensor.name)} 的类型是 {tensor.dtype}；可读取 float64、float32、float16 和 bfloat16",
            )
        )


# -- how they lie ----------------------------------------------------------------------------------------------------------


def _outputs_first(held: Held, weight: Tensor, bias: Tensor | None, given: bool | None) -> tuple[bool, tuple[Text, ...]]:
    """Whether the weight is (outputs, inputs): as asked, as the format has it, as the bias fits, or by the weight's name."""
    rows, columns = weight.shape
    for known in (given, held.outputs_first):
        if known is not None:
            return known, ()
    if bias is not None and rows != columns and bias.shape[0] in weight.shape:
        return bias.shape[0] == rows, ()
    if rows == columns == 1:
        return True, ()
    said = LAST_WORD.search(weight.name)
    if said and said[1] in WRITTEN:
        first = WRITTEN[said[1]]
        lies = Text(*(("(outputs, inputs)", "（输出，输入）") if first else ("(inputs, outputs)", "（输入，输出）")))
        note = Text(f"by its name, {shown(weight.name)} is read as ", f"按名称，{shown(weight.name)} 读作") + lies
        return first, (note,)
    raise UserError(
        Text(
            f"{told([weight])} may be (outputs, inputs) or (inputs, outputs), and no bias tells which: say so with --layout outputs-first or inputs-first",
            f"{told([weight])} 可能是（输出，输入）或（输入，输出），偏置无法判断：请用 --layout outputs-first 或 inputs-first 说明",
        )
    )


def _laid(array: np.ndarray, outputs_first: bool, dtype: np.dtype) -> np.ndarray:
    return np.ascontiguousarray(array if outputs_first else array.T, dtype)  # (outputs, inputs)


def _finite(tensor: Tensor) -> np.ndarray:
    array = tensor.read()
    wrong = np.flatnonzero(~np.isfinite(array).reshape(-1))
    if wrong.size:
        place = ", ".join(map(str, np.unravel_index(int(wrong[0]), array.shape)))
        value = array.reshape(-1)[wrong[0]]
        raise UserError(
            Text(
                f"{shown(tensor.name)} has {wrong.size} values that are no finite numbers, the first is {value} at [{place}]",
                f"{shown(tensor.name)} 中有 {wrong.size} 个值不是有限数，第一个是 [{place}] 处的 {value}",
            )
        )
    return array


def _widened(weight: Tensor, bias: Tensor | None, dtype: str) -> Text:
    stored = " + ".join(tensor.dtype for tensor in (weight, bias) if tensor is not None)
    return Text(f"stored as {stored}, widened to {dtype} without loss", f"以 {stored} 存储，无损地扩展为 {dtype}")


# -- the optimizer ---------------------------------------------------------------------------------------------------------


def _state(
    slots: Slots | None, weight: Tensor, bias: Tensor | None, outputs_first: bool, dtype: np.dtype
) -> tuple[State | None, tuple[Text, ...]]:
    """The state of the layer's weight and bias, laid as they are; a note where it does not fit them."""
    if slots is None:
        return None, ()
    each = {"momentum": 1, "adam": 2}[slots.method]
    of_weight = [tensor for tensor in slots.tensors if tensor.shape == weight.shape]
    of_bias = [tensor for tensor in slots.tensors if bias is not None and tensor.shape == bias.shape]
    fits = (
        len(of_weight) == each and len(of_bias) == (each if bias else 0) and len(slots.tensors) == len(of_weight) + len(of_bias)
    )
    if not fits or any(tensor.dtype not in SIZES for tensor in slots.tensors):
        held = told(slots.tensors)
        return None, (
            Text(
                f"the optimizer's state does not fit this layer and is not read: {held}", f"优化器状态与该层不符，未读取：{held}"
            ),
        )
    state = State(
        method=slots.method,
        weight=tuple(_laid(_finite(tensor), outputs_first, dtype) for tensor in of_weight),
        bias=tuple(_finite(tensor).astype(dtype) for tensor in of_bias),
        holds_rate=slots.holds_rate,
        rate=slots.rate,
        steps=slots.steps,
        nesterov=slots.nesterov,
        factor=slots.factor,
    )
    return state, ()
