"""A SavedModel folder without TensorFlow: variables from its bundle, and whether its functions are one dense layer.

Nothing is restored and no function is run: operators are only counted. A file that lies outside the folder is not opened.
"""

from collections import Counter
from pathlib import Path

from fairfit.frameworks.files import bundle, contents, protobuf
from fairfit.frameworks.files.tensors import SIZES, Held, shown
from fairfit.models.errors import UserError
from fairfit.models.text import Text

MODEL, INDEX = "saved_model.pb", "variables/variables.index"
OWN = ("__inference__traced_save", "__inference__traced_restore")  # functions that save and restore
AROUND = {"Placeholder", "Const", "NoOp", "Identity", "ReadVariableOp", "VarHandleOp", "StatefulPartitionedCall", "PartitionedCall",
          "DisableCopyOnRead", "VarIsInitializedOp", "AssignVariableOp", "Reshape", "StaticRegexFullMatch", "Select", "StringJoin",
          "ShardedFilename", "SaveV2", "RestoreV2", "MergeV2Checkpoints", "Pack"}  # fmt: skip
SHAPE, SLICED = "Shape", "StridedSlice"  # Flatten asks how many rows there are
LAYER, ADDED, SOFTMAX = {"MatMul"}, {"BiasAdd", "AddV2", "Add"}, {"Softmax"}
LISTED_AGAIN = ("_all_variables/", "keras_api/")
UNREAD = Text("the optimizer's state of a SavedModel is not read", "不读取 SavedModel 的优化器状态")


def read(folder: Path) -> Held:
    """The variables of a SavedModel, and what its functions make of them; raises UserError for any other folder."""
    if not (folder / MODEL).exists():
        raise UserError(Text(f"it is a folder without {MODEL}: no SavedModel", f"它是没有 {MODEL} 的文件夹，不是 SavedModel"))
    outputs_first, ends_in, biased = _functions(_bytes(folder, MODEL))

    def shard(number: int, count: int) -> bytes:
        return _bytes(folder, f"variables/variables.data-{number:05d}-of-{count:05d}")

    variables = bundle.tensors(_bytes(folder, INDEX), shard)
    # without counters and rates; Keras 3 lists a layer's variables among its optimizer's
    tensors = [each for each in variables if each.shape and not each.name.startswith(LISTED_AGAIN)]
    tensors = [each for each in tensors if not each.name.startswith("optimizer/") or each.name.startswith("optimizer/_trainable")]
    tensors = [each for each in tensors if each.dtype in SIZES or len(each.shape) > 1]  # without Dropout's seeds
    tensors = [each for each in tensors if ".OPTIMIZER_SLOT" not in each.name]
    if biased != any(len(tensor.shape) == 1 for tensor in tensors):
        raise UserError(Text("its functions and its variables do not fit each other", "其函数与变量不符"))
    notes = (UNREAD,) if any("optimizer/_variables" in each.name or ".OPTIMIZER_SLOT" in each.name for each in variables) else ()
    return Held(
        "TensorFlow SavedModel", tuple(tensors), outputs_first=outputs_first, ends_in=ends_in, notes=notes, framework="tensorflow"
    )


def _bytes(folder: Path, name: str) -> bytes:
    """A file inside the folder, not one that a link leads to elsewhere."""
    path = folder / name
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError) as error:
        raise UserError(Text(f"{name} in it cannot be read", f"其中的 {name} 无法读取")) from error
    if not inside:
        raise UserError(
            Text(
                f"{name} in it is a link out of the folder, which is not followed",
                f"其中的 {name} 是指向文件夹之外的链接，不予跟随",
            )
        )
    try:
        return contents.of(path)
    except UserError as error:
        told = error.text if isinstance(error.text, Text) else Text(error.text, error.text)
        raise UserError(Text(f"{name} in it: {told.en}", f"其中的 {name}：{told.zh}")) from error


def _functions(data: bytes) -> tuple[bool, str, bool]:
    """(outputs first, what it ends in, whether there is a bias), from the operators of every function that computes something."""
    found: set[tuple[bool, str, bool]] = set()
    for graph in protobuf.parts(protobuf.message(data), 2):  # SavedModel.meta_graphs
        for definition in protobuf.parts(protobuf.message(graph), 2):  # MetaGraphDef.graph_def
            about = protobuf.message(definition)
            bodies = [("", protobuf.parts(about, 1))]
            for library in protobuf.parts(about, 2):
                for function in protobuf.parts(protobuf.message(library), 1):
                    parts = protobuf.message(function)
                    (signature,) = protobuf.parts(parts, 1)[:1] or [b""]
                    bodies.append((_text(protobuf.message(signature), 1), protobuf.parts(parts, 3)))
            found |= {told for name, nodes in bodies if not name.startswith(OWN) for told in [_told(nodes)] if told}
    if len(found) != 1:
        raise UserError(
            Text(
                f"it has {len(found)} functions that compute something else than one another",
                f"其中有 {len(found)} 个计算内容不同的函数",
            )
            if found
            else Text(
                "none of its functions multiplies by a matrix: it holds no dense layer", "其函数都没有矩阵乘法：其中没有全连接层"
            )
        )
    return found.pop()


def _told(nodes: list[bytes]) -> tuple[bool, str, bool] | None:
    """The same of one function; None where it computes nothing."""
    messages = [protobuf.message(node) for node in nodes]
    kinds = Counter(_text(each, 2) for each in messages)
    shapes = {_text(each, 1) for each in messages if _text(each, 2) == SHAPE}
    sliced = [protobuf.parts(each, 3)[:1] for each in messages if _text(each, 2) == SLICED]  # NodeDef.input
    only_shapes = all(source and source[0].decode(errors="replace").partition(":")[0] in shapes for source in sliced)
    allowed = AROUND | LAYER | ADDED | SOFTMAX | {SHAPE} | ({SLICED} if only_shapes else set())
    others = [kind for kind in kinds if kind not in allowed]
    if others:
        named = next(_text(each, 1) for each in messages if _text(each, 2) == others[0])
        raise UserError(
            Text(
                f"it computes {shown(others[0])} ({shown(named)}), and only one dense layer alone is read",
                f"其中有运算 {shown(others[0])}（{shown(named)}），而只读取单独一个全连接层",
            )
        )
    layers, added, ends = (sum(kinds[kind] for kind in group) for group in (LAYER, ADDED, SOFTMAX))
    if not layers and not added and not ends:
        return None
    if layers != 1 or added > 1 or ends > 1:
        raise UserError(
            Text(
                f"it computes {layers} products, {added} sums and {ends} softmax, more than one dense layer",
                f"其中有 {layers} 次乘法、{added} 次加法和 {ends} 次 softmax，多于一个全连接层",
            )
        )
    product = next(each for each in messages if _text(each, 2) in LAYER)
    return _is_set(product, "transpose_b"), "softmax" if ends else "scores", bool(added)


def _text(found: protobuf.Message, number: int) -> str:
    values = protobuf.parts(found, number)
    return values[-1].decode(errors="replace") if values else ""


def _is_set(node: protobuf.Message, name: str) -> bool:
    """An attribute of a node that is true or false: NodeDef.attr, a map from names to AttrValue, whose field 5 is a bool."""
    attributes = {_text(entry, 1): entry for part in protobuf.parts(node, 5) for entry in [protobuf.message(part)]}
    values = protobuf.parts(attributes[name], 2) if name in attributes else []
    return bool(values and protobuf.whole(protobuf.message(values[0]), 5))
