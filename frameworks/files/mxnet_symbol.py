"""MXNet's symbol JSON: whether a network is one FullyConnected layer, and what it ends in; read operator by operator."""

import dataclasses
from typing import Any

from fairfit.frameworks.files import contents
from fairfit.frameworks.files.tensors import Held, Tensor, names, shown
from fairfit.models.errors import UserError
from fairfit.models.text import Text

DENSE = "FullyConnected"
HARMLESS = {"Flatten", "Dropout", "identity", "_copy", "BlockGrad"}  # at inference what comes in goes out
ENDS = {"SoftmaxOutput": "softmax", "softmax": "softmax", "log_softmax": "softmax", "LinearRegressionOutput": "scores"}
LOGARITHM = Text(
    "the network ends in log_softmax: its output is the logarithm of the probabilities",
    "网络以 log_softmax 结尾：输出是概率的对数",
)


@dataclasses.dataclass(frozen=True)
class Node:
    op: str
    name: str
    attributes: dict[str, str]
    inputs: list[int]


def checked(held: Held, data: bytes, layer: str | None = None) -> Held:
    """The same tensors, with what the network around them is; refused by operator and name where it is more than a layer."""
    nodes, head = _nodes(contents.parsed(data, "the symbol JSON"))
    dense = [node for node in nodes if node.op == DENSE]
    others = [node for node in nodes if node.op not in {DENSE, "null", *HARMLESS, *ENDS}]
    if others:
        found = ", ".join(f"{shown(node.op)} {shown(node.name)}" for node in others[:10])
        raise UserError(
            Text(
                f"the network has {found}, and only one dense layer alone is read", f"网络中有 {found}，而只读取单独一个全连接层"
            )
        )
    if not dense:
        raise UserError(Text("the network has no FullyConnected layer", "网络中没有 FullyConnected 层"))
    chosen = [node for node in dense if layer is None or layer in _called(node, nodes)]
    if layer is not None and not chosen:
        there = names(node.name for node in dense)
        raise UserError(
            Text(
                f"the network has no dense layer {shown(layer)}; it has {there}",
                f"网络中没有全连接层 {shown(layer)}；其中有 {there}",
            )
        )
    if len(chosen) > 1:
        there = names(node.name for node in chosen)
        raise UserError(
            Text(
                f"the network has more than one dense layer: {there}; choose one by its name with --layer",
                f"网络中有多个全连接层：{there}；请用 --layer 按名称选择一个",
            )
        )
    only = dataclasses.replace(_only(held, nodes, chosen[0]), chosen=layer is not None)
    if len(dense) > 1:
        left = names(node.name for node in dense if node is not chosen[0])
        note = Text(f"only {shown(chosen[0].name)} was read, not {left}", f"只读取了 {shown(chosen[0].name)}，未读取 {left}")
        return dataclasses.replace(only, notes=(note,))
    ends_in, notes = _walk(nodes, head, {tensor.name for tensor in held.tensors})
    return dataclasses.replace(only, ends_in=ends_in, notes=notes)


def _called(node: Node, nodes: list[Node]) -> set[str]:
    weight = nodes[node.inputs[1]].name
    return {node.name, weight, weight.removesuffix("_weight")}


def _only(held: Held, nodes: list[Node], node: Node) -> Held:
    """What is held of this layer, under the names that the network has."""
    wanted = [nodes[position].name for position in node.inputs[1:]]
    there = {tensor.name: tensor for tensor in held.tensors}
    missing = [name for name in wanted if name not in there]
    if missing:
        raise UserError(
            Text(
                f"{len(missing)} of {len(wanted)} tensors of the network are not in the file: {names(missing)}; it holds {names(there) or '–'}",
                f"网络的 {len(wanted)} 个张量中有 {len(missing)} 个不在文件中：{names(missing)}；文件中有 {names(there) or '–'}",
            )
        )
    tensors = tuple(there[name] for name in wanted)
    _check_outputs(node, tensors[0])
    used = {name for other in nodes for name in [other.name] if other.op == "null"}
    strangers = [name for name in there if name not in used]
    if strangers:
        raise UserError(
            Text(
                f"the file holds tensors that the network does not have: {names(strangers)}",
                f"文件中有网络没有的张量：{names(strangers)}",
            )
        )
    return dataclasses.replace(held, format="MXNet .params + symbol JSON", tensors=tensors, notes=())


def _check_outputs(node: Node, weight: Tensor) -> None:
    if node.attributes.get("num_hidden") != str(weight.shape[0] if weight.shape else None):
        outputs = shown(node.attributes.get("num_hidden", ""))
        raise UserError(
            Text(
                f"the network's {shown(node.name)} has {outputs} outputs, its weight in the file has shape {weight.shape}",
                f"网络中的 {shown(node.name)} 有 {outputs} 个输出，文件中其权重的形状为 {weight.shape}",
            )
        )


def _walk(nodes: list[Node], head: int, held: set[str]) -> tuple[str, tuple[Text, ...]]:
    """From the network's end to its data: at most one end, the layer, and nothing else that changes a number."""
    ends_in, seen_dense, ended, position = "scores", False, False, head
    notes: tuple[Text, ...] = ()
    while nodes[position].op != "null":
        node = nodes[position]
        if node.op in ENDS:
            if (
                ended
                or seen_dense
                or node.attributes.get("axis", "-1") not in ("-1", "1")
                or node.attributes.get("temperature", "None") not in ("None", "1.0")
            ):
                raise UserError(
                    Text(
                        f"the network's {shown(node.op)} {shown(node.name)} is not its end",
                        f"网络中的 {shown(node.op)} {shown(node.name)} 不是其结尾",
                    )
                )
            ended, ends_in = True, ENDS[node.op]
            notes = (LOGARITHM,) if node.op == "log_softmax" else ()
        seen_dense = seen_dense or node.op == DENSE
        position = node.inputs[0]
    if not seen_dense or nodes[position].name in held:
        raise UserError(
            Text("the network's dense layer does not lie between its data and its output", "网络的全连接层不在数据与输出之间")
        )
    return ends_in, notes


def _nodes(found: Any) -> tuple[list[Node], int]:
    """The nodes, each with inputs that come before it, and the number of the one output."""
    try:
        nodes = [_node(each, number) for number, each in enumerate(found["nodes"])]
        heads = [head[0] for head in found["heads"]]
        if len(heads) != 1:
            raise UserError(Text(f"the network has {len(heads)} outputs", f"网络有 {len(heads)} 个输出"))
        for node in nodes:
            bias = 0 if node.attributes.get("no_bias", "False") in ("True", "1") else 1
            if node.op == DENSE and (len(node.inputs) != 2 + bias or any(nodes[place].op != "null" for place in node.inputs[1:])):
                raise UserError(
                    Text(f"weight and bias of {shown(node.name)} are computed", f"{shown(node.name)} 的权重和偏置是计算出来的")
                )
        if heads[0] not in range(len(nodes)):
            raise ValueError(heads)
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        raise UserError(Text("the symbol JSON is damaged, or of another program", "符号 JSON 已损坏，或属于其他程序")) from error
    return nodes, heads[0]


def _node(found: Any, number: int) -> Node:
    attributes: dict[str, Any] = next((found[key] for key in ("attrs", "attr", "param") if key in found), {})
    inputs = [place[0] for place in found["inputs"]]
    node = Node(found["op"], found["name"], {str(key): str(value) for key, value in attributes.items()}, inputs)
    sound = (
        isinstance(node.op, str)
        and isinstance(node.name, str)
        and all(type(place) is int and 0 <= place < number for place in inputs)
    )
    if not sound or (node.op != "null" and not inputs):
        raise ValueError(found)
    return node
