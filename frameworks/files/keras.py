"""Keras's files without Keras: .keras, .weights.h5, and the .h5 of Keras 2 and 3; no model is built, so no code of a file runs.

The tree of arrays is read by `hdf5`, what the layers are by `keras_config`. A kernel is (inputs, outputs).
"""

from typing import Any

from fairfit.frameworks.files import contents, hdf5
from fairfit.frameworks.files.archive import Archive
from fairfit.frameworks.files.hdf5 import Tree
from fairfit.frameworks.files.keras_config import CANNOT_SHOW, Network, harmless_group, network
from fairfit.frameworks.files.tensors import Held, Slots, names, number, shown
from fairfit.models.errors import UserError
from fairfit.models.text import Text

HDF5 = hdf5.SIGNATURE
WEIGHTS, CONFIG = "model.weights.h5", "config.json"
KERNEL_AND_BIAS = ("kernel", "bias")


def is_one(archive: Archive) -> bool:
    return WEIGHTS in archive.names and CONFIG in archive.names


def read(archive: Archive, layer: str | None = None) -> Held:
    """A .keras archive: what config.json says of the layers, and the arrays beside it; `layer` chooses one of several."""
    config = contents.parsed(archive.read(CONFIG), CONFIG)
    about = network(config, layer)
    compiled = config.get("compile_config")
    optimizer = compiled.get("optimizer") if isinstance(compiled, dict) else None
    tree = hdf5.opened(archive.read(WEIGHTS))
    with hdf5.damage_told():
        return _new(tree, "Keras .keras", about, optimizer)


def read_h5(data: bytes, layer: str | None = None) -> Held:
    """A .weights.h5, or the .h5 of a whole model or of its weights as Keras 2 and 3 write it."""
    tree = hdf5.opened(data)
    with hdf5.damage_told():
        if "model_weights" in tree.groups:
            model, training = (_json(tree, name) for name in ("model_config", "training_config"))
            optimizer = training.get("optimizer_config") if isinstance(training, dict) else None
            return _legacy(tree, "model_weights", network(model, layer) if model is not None else None, optimizer)
        if tree.texts("", "layer_names") is not None:
            return _legacy(tree, "", None, None)
        if any(path.rpartition("/")[2] == "vars" for path in tree.groups):
            return _new(tree, "Keras .weights.h5", None, None)
    there = names([*tree.datasets, *tree.groups][:-1]) or "–"
    raise UserError(
        Text(f"it is an HDF5 file, but not of Keras; it holds {there}", f"它是 HDF5 文件，但不是 Keras 的；其中有 {there}")
    )


def _json(tree: Tree, name: str) -> Any:
    text = tree.text("", name)
    return contents.parsed(text, name) if text else None


# -- .keras and .weights.h5 ------------------------------------------------------------------------------------------------


def _new(tree: Tree, kind: str, about: Network | None, optimizer: Any) -> Held:
    """A layer's arrays lie in the group `vars` of a group that is named after its class; its own name is an attribute."""
    tensors, ends_in = [], about.ends_in if about else ""
    for path in tree.groups:
        owner = path.removesuffix("vars").removesuffix("/")
        if path.rpartition("/")[2] != "vars" or owner.split("/")[0] in ("optimizer", "metrics"):
            continue
        variables = sorted(
            (name for name in tree.datasets if name.rpartition("/")[0] == path), key=lambda name: (len(name), name)
        )
        name = tree.text(path, "name") or owner
        told = about is not None and about.ends_in  # else the groups tell what the layers are: they are named after classes
        if owner and not told and not harmless_group(owner, name, empty=not variables):
            raise UserError(
                Text(
                    f"it has a layer {shown(name)} ({shown(owner)}), and only one dense layer alone is read",
                    f"其中有层 {shown(name)}（{shown(owner)}），而只读取单独一个全连接层",
                )
            )
        dense = len(variables) <= 2 and variables and len(tree.datasets[variables[0]].shape) == 2
        parts = KERNEL_AND_BIAS if dense else [place.rpartition("/")[2] for place in variables]
        tensors += [tree.tensor(place, f"{name}/{part}") for place, part in zip(variables, parts, strict=False)]
    slots, notes = _slots(tree, [place for place in tree.datasets if place.startswith("optimizer/vars/")], optimizer)
    said = about.notes if about else (CANNOT_SHOW,)
    return Held(
        kind, tuple(tensors), outputs_first=False, ends_in=ends_in, notes=said + notes, slots=slots, framework="tensorflow"
    )


# -- the .h5 of Keras 2, which Keras 3 still writes --------------------------------------------------------------------------


def _legacy(tree: Tree, root: str, about: Network | None, optimizer: Any) -> Held:
    """Layers and their arrays are listed in attributes."""
    tensors = []
    for layer in tree.texts(root, "layer_names") or []:
        group = f"{root}/{layer}" if root else layer
        if group not in tree.groups:
            raise UserError(
                Text(f"it lists a layer {shown(layer)} that it does not hold", f"其中列出的层 {shown(layer)} 并不存在")
            )
        for name in tree.texts(group, "weight_names") or []:
            place = f"{group}/{name}"
            if place not in tree.datasets:
                raise UserError(
                    Text(f"it lists an array {shown(name)} that it does not hold", f"其中列出的数组 {shown(name)} 并不存在")
                )
            part = name.rpartition("/")[2].removesuffix(":0")
            tensors.append(tree.tensor(place, f"{layer}/{part}"))
    listed = tree.texts("optimizer_weights", "weight_names") if "optimizer_weights" in tree.groups else None
    slots, notes = _slots(tree, [f"optimizer_weights/{name}" for name in listed or []], optimizer)
    said = about.notes if about else (CANNOT_SHOW,)
    return Held(
        "Keras .h5",
        tuple(tensors),
        outputs_first=False,
        ends_in=about.ends_in if about else "",
        notes=said + notes,
        slots=slots,
        framework="tensorflow",
    )


# -- the optimizer -----------------------------------------------------------------------------------------------------------


def _slots(tree: Tree, places: list[str], optimizer: Any) -> tuple[Slots | None, tuple[Text, ...]]:
    """Momentum of SGD, and Adam: steps, in Keras 3 the rate, then the arrays of each variable, which are told by shape."""
    places = [place for place in places if place in tree.datasets]
    places.sort(
        key=lambda place: [int(part) if part.isdigit() else 0 for part in place.split("/")]
    )  # a stable sort: listed ones stay
    about = optimizer if isinstance(optimizer, dict) else {}
    kind, given = about.get("class_name"), about.get("config")
    config = given if isinstance(given, dict) else {}
    arrays = [place for place in places if tree.datasets[place].shape]
    scalars = [place for place in places if tree.datasets[place].shape == ()]
    if not arrays:
        return None, ()
    if kind is None:
        return None, (
            Text(
                "its optimizer's settings are not in the file, so its state is not read", "文件中没有优化器的设置，故未读取其状态"
            ),
        )
    if kind not in ("SGD", "Adam") or config.get("amsgrad") or config.get("use_ema"):
        return None, (
            Text(f"the state of its optimizer {shown(str(kind))} is not read", f"未读取其优化器 {shown(str(kind))} 的状态"),
        )
    tensors = tuple(tree.tensor(place) for place in arrays)
    steps = [place for place in scalars if tree.datasets[place].dtype.kind in "iu"]
    rates = [place for place in scalars if tree.datasets[place].dtype.kind == "f"]
    last = float(tree.tensor(rates[0]).read()) if rates else config.get("learning_rate")
    count = int(tree.datasets[steps[0]][()]) if steps else None
    method = "momentum" if kind == "SGD" else "adam"
    return Slots(
        method, tensors, kind == "SGD", number(last), count, config.get("nesterov") is True, number(config.get("momentum"))
    ), ()
