"""A dense layer as PyTorch keeps it: a state_dict, a checkpoint with the optimizer, an exported program."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from fairfit.frameworks.ports.form import Carried, Form, Model, Momentum
from fairfit.models.parameters import Parameters


def layer_of(parameters: Parameters) -> nn.Linear:
    outputs, inputs = parameters.weight.shape
    layer = nn.Linear(inputs, outputs, dtype=torch.from_numpy(parameters.weight).dtype)
    layer.load_state_dict(_tensors(parameters))
    return layer.eval()


class StateDict(Form):
    """`torch.save(layer.state_dict())`."""

    def write(self, carried: Carried, path: Path) -> None:
        torch.save(layer_of(carried.parameters).state_dict(), path)

    def read(self, path: Path) -> Carried:
        return Carried(_parameters(torch.load(path, weights_only=True)))

    def open(self, path: Path) -> Model:
        return _model(layer_of(self.read(path).parameters))


class Checkpoint(Form):
    """Model and optimizer as PyTorch's tutorial saves them together."""

    def write(self, carried: Carried, path: Path) -> None:
        layer, momentum = layer_of(carried.parameters), carried.momentum
        optimizer = torch.optim.SGD(layer.parameters(), lr=1.0)
        if momentum is not None:
            optimizer = torch.optim.SGD(layer.parameters(), lr=momentum.rate, momentum=momentum.factor)
            for parameter, velocity in zip(layer.parameters(), _tensors(momentum.velocity).values(), strict=True):
                optimizer.state[parameter]["momentum_buffer"] = velocity  # holds no learning rate, as ours
        torch.save({"model_state_dict": layer.state_dict(), "optimizer_state_dict": optimizer.state_dict()}, path)

    def read(self, path: Path) -> Carried:
        saved = torch.load(path, weights_only=True)
        state, (group,) = saved["optimizer_state_dict"]["state"], saved["optimizer_state_dict"]["param_groups"]
        parameters = _parameters(saved["model_state_dict"])
        if not state:
            return Carried(parameters)
        velocity = Parameters(*(state[number]["momentum_buffer"].numpy() for number in group["params"]))
        return Carried(parameters, Momentum(velocity, group["momentum"], group["lr"]))

    def open(self, path: Path) -> Model:
        return _model(layer_of(self.read(path).parameters))


class Exported(Form):
    """`torch.export.save`. It is not loaded again by `torch.export.load`, which runs pickles: its weights lie in it as they are."""

    def write(self, carried: Carried, path: Path) -> None:
        example = torch.zeros(2, carried.parameters.weight.shape[1], dtype=torch.from_numpy(carried.parameters.weight).dtype)
        dynamic = ({0: torch.export.Dim("batch")},)
        torch.export.save(torch.export.export(layer_of(carried.parameters), (example,), dynamic_shapes=dynamic), path)

    def read(self, path: Path) -> Carried:
        with zipfile.ZipFile(path) as archive:
            (listing,) = (name for name in archive.namelist() if name.endswith("data/weights/model_weights_config.json"))
            described = json.loads(archive.read(listing))["config"]
            arrays = {name: _array(archive, listing, one) for name, one in described.items()}
        return Carried(Parameters(arrays["weight"], arrays["bias"]))

    def open(self, path: Path) -> Model:
        program = torch.export.load(path)  # ours, written a moment ago
        return _model(program.module())


FORMS = {"state_dict": StateDict(), "checkpoint": Checkpoint(), "exported": Exported()}


def _array(archive: zipfile.ZipFile, listing: str, described: Any) -> np.ndarray:
    meta = described["tensor_meta"]
    sizes = [size["as_int"] for size in meta["sizes"]]
    dtype = np.dtype({7: "<f4", 8: "<f8"}[meta["dtype"]])
    held = archive.read(listing.rpartition("/")[0] + "/" + described["path_name"])
    return np.frombuffer(held, dtype).reshape(sizes)


def _tensors(parameters: Parameters) -> dict[str, torch.Tensor]:
    return {"weight": torch.from_numpy(parameters.weight.copy()), "bias": torch.from_numpy(parameters.bias.copy())}


def _parameters(state: Any) -> Parameters:
    return Parameters(state["weight"].numpy(), state["bias"].numpy())


def _model(layer: Any) -> Model:
    def predict(features: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            predicted: np.ndarray = layer(torch.from_numpy(features)).numpy()
        return predicted

    return predict
