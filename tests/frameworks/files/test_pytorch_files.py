"""Files that PyTorch's own calls write are read to the bit, without PyTorch."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairfit.frameworks.files.reading import read
from tests.frameworks.files.made import arrays, every_layer, refused, same

pytestmark = pytest.mark.framework("pytorch")


def linear(outputs: int, dtype: str = "float32", *, bias: bool = True) -> Any:
    import torch

    weight, offset = arrays(outputs, dtype)
    model = torch.nn.Linear(weight.shape[1], outputs, bias=bias, dtype=getattr(torch, dtype))
    with torch.no_grad():
        model.weight.copy_(torch.from_numpy(weight))
        if bias:
            model.bias.copy_(torch.from_numpy(offset))
    return model


@every_layer
@pytest.mark.parametrize("old", [False, True])
def test_a_state_dict(tmp_path: Path, outputs: int, dtype: str, old: bool) -> None:
    import torch

    torch.save(linear(outputs, dtype).state_dict(), tmp_path / "model.pt", _use_new_zipfile_serialization=not old)
    layer = read(tmp_path / "model.pt")
    same(layer, *arrays(outputs, dtype))
    assert layer.ends_in == "" and "state_dict" in layer.format and layer.state is None


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."])
def test_prefixes_of_wrappers(tmp_path: Path, prefix: str) -> None:
    import torch

    saved = {prefix + "fc." + name: value for name, value in linear(10).state_dict().items()}
    torch.save(saved, tmp_path / "model.pth")
    layer = read(tmp_path / "model.pth")
    same(layer, *arrays(10))
    assert layer.name == "fc"


def test_a_compiled_and_a_parallel_model(tmp_path: Path) -> None:
    import torch

    compiled: Any = torch.compile(linear(10))
    torch.save(torch.nn.DataParallel(compiled).state_dict(), tmp_path / "model.pt")
    same(read(tmp_path / "model.pt"), *arrays(10))


def test_a_tensor_that_is_a_transposed_part_of_another(tmp_path: Path) -> None:
    import torch

    weight, bias = arrays(10)
    larger = torch.zeros(9, 12)
    larger[1:8, 1:11] = torch.from_numpy(weight.T)
    torch.save({"weight": larger[1:8, 1:11].T, "bias": torch.from_numpy(bias)}, tmp_path / "model.pt")
    same(read(tmp_path / "model.pt"), weight, bias)


def test_parameters_and_no_bias(tmp_path: Path) -> None:
    import torch

    torch.save({"weight": linear(10, bias=False).weight}, tmp_path / "model.pt")
    same(read(tmp_path / "model.pt"), arrays(10)[0], None)


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_halves_are_widened_and_told(tmp_path: Path, half: str) -> None:
    import torch

    model = linear(10).to(getattr(torch, half))
    torch.save(model.state_dict(), tmp_path / "model.pt")
    layer = read(tmp_path / "model.pt")
    same(layer, model.weight.detach().float().numpy(), model.bias.detach().float().numpy())
    assert any(half in note.en for note in layer.notes)


# -- checkpoints -------------------------------------------------------------------------------------------------------------


def trained(optimizer: str, **settings: Any) -> tuple[Any, Any]:
    import torch

    model = linear(10)
    stepped = getattr(torch.optim, optimizer)(model.parameters(), **settings)
    for _ in range(3):
        stepped.zero_grad()
        model(torch.linspace(0, 1, 28).reshape(4, 7)).square().sum().backward()
        stepped.step()
    return model, stepped


def test_momentum_of_a_checkpoint(tmp_path: Path) -> None:
    import torch

    model, optimizer = trained("SGD", lr=0.01, momentum=0.9, nesterov=True)
    torch.save(
        {"epoch": 3, "model_state_dict": model.state_dict(), "optimizer_state_dict": optimizer.state_dict()}, tmp_path / "c.pt"
    )
    layer = read(tmp_path / "c.pt")
    same(layer, model.weight.detach().numpy(), model.bias.detach().numpy())
    state = layer.state
    assert state is not None and (state.method, state.holds_rate, state.rate, state.nesterov) == ("momentum", False, 0.01, True)
    assert np.array_equal(state.weight[0], optimizer.state[model.weight]["momentum_buffer"].numpy())
    assert np.array_equal(state.bias[0], optimizer.state[model.bias]["momentum_buffer"].numpy())


def test_adam_of_a_checkpoint(tmp_path: Path) -> None:
    import torch

    model, optimizer = trained("Adam", lr=0.01)
    torch.save({"state_dict": model.state_dict(), "optimizer_states": [optimizer.state_dict()]}, tmp_path / "c.ckpt")
    state = read(tmp_path / "c.ckpt").state
    assert state is not None and (state.method, state.holds_rate, state.steps) == ("adam", False, 3)
    kept = [optimizer.state[part] for part in (model.weight, model.bias)]
    for found, here in zip((state.weight, state.bias), kept, strict=True):
        assert np.array_equal(found[0], here["exp_avg"].numpy()) and np.array_equal(found[1], here["exp_avg_sq"].numpy())


@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [("Adam", {"amsgrad": True}), ("RMSprop", {"lr": 0.01}), ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5})],
)
def test_the_state_of_another_optimizer_is_told_and_not_read(tmp_path: Path, optimizer: str, settings: dict[str, Any]) -> None:
    import torch

    model, stepped = trained(optimizer, **settings)
    torch.save({"model": model.state_dict(), "optimizer": stepped.state_dict()}, tmp_path / "c.pt")
    layer = read(tmp_path / "c.pt")
    assert layer.state is None and any("is not read" in note.en for note in layer.notes)


# -- exported programs -------------------------------------------------------------------------------------------------------


@every_layer
@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.filterwarnings("ignore::FutureWarning:copyreg")
def test_an_exported_program(tmp_path: Path, outputs: int, dtype: str, decomposed: bool) -> None:
    import torch

    model = linear(outputs, dtype)
    program = torch.export.export(
        model, (torch.ones(2, 7, dtype=getattr(torch, dtype)),), dynamic_shapes=({0: torch.export.Dim("batch")},)
    )
    torch.export.save(program.run_decompositions() if decomposed else program, tmp_path / "model.pt2")
    layer = read(tmp_path / "model.pt2")
    same(layer, *arrays(outputs, dtype))
    assert layer.ends_in == "scores"


@pytest.mark.filterwarnings("ignore::FutureWarning:copyreg")
def test_what_an_exported_program_ends_in_and_what_else_it_does(tmp_path: Path) -> None:
    import torch
    from torch import nn

    def saved(*layers: Any) -> Path:
        torch.export.save(torch.export.export(nn.Sequential(*layers), (torch.ones(2, 7),)), tmp_path / "model.pt2")
        return tmp_path / "model.pt2"

    assert read(saved(nn.Flatten(), linear(10), nn.Softmax(dim=1))).ends_in == "softmax"
    assert "logarithm" in read(saved(linear(10), nn.LogSoftmax(dim=1))).notes[0].en
    assert "'relu.default'" in refused(saved(linear(10), nn.ReLU()))
    assert "2 dense layers" in refused(saved(linear(7), linear(10)))
    assert "'" in refused(saved(linear(10), nn.BatchNorm1d(10)))
    assert "softmax" in refused(saved(linear(10), nn.Softmax(dim=0)))
    assert "softmax" in refused(saved(nn.Softmax(dim=1), linear(10)))


@pytest.mark.filterwarnings("ignore::FutureWarning:copyreg")
def test_an_exported_product_by_hand(tmp_path: Path) -> None:
    import torch

    weight, bias = arrays(10)

    class ByHand(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w, self.b = torch.nn.Parameter(torch.from_numpy(weight.T.copy())), torch.nn.Parameter(torch.from_numpy(bias))

        def forward(self, features: torch.Tensor) -> torch.Tensor:
            return features @ self.w + self.b

    torch.export.save(torch.export.export(ByHand(), (torch.ones(2, 7),)), tmp_path / "model.pt2")
    same(read(tmp_path / "model.pt2"), weight, bias)


# -- refused -----------------------------------------------------------------------------------------------------------------


def test_what_is_no_state_dict_of_one_layer(tmp_path: Path) -> None:
    import torch
    from torch import nn

    def saved(content: Any) -> Path:
        torch.save(content, tmp_path / "model.pt")
        return tmp_path / "model.pt"

    two = nn.Sequential(linear(7), nn.ReLU(), linear(10))
    assert "'0', '2'" in refused(saved(two.state_dict()))
    same(read(saved(two.state_dict()), layer="2"), *arrays(10))
    assert "'1'" in refused(saved(two.state_dict()), layer="1")
    assert "'torch.nn.modules.linear.Linear'" in refused(saved(linear(10)))
    assert "'1.running_mean'" in refused(saved(nn.Sequential(linear(10), nn.BatchNorm1d(10)).state_dict()))
    assert "'1.bias'" in refused(saved(nn.Sequential(linear(10, bias=False), nn.LayerNorm(10)).state_dict()))
    assert "no dense layer" in refused(saved(nn.Conv2d(1, 2, 3).state_dict()))
    assert "no plain dense tensor" in refused(saved({"weight": torch.eye(3).to_sparse(), "bias": torch.ones(3)}))
    assert "no plain dense tensor" in refused(saved({"weight": torch.ones(3, 4, device="meta")}))
    assert "int8" in refused(saved({"weight": torch.ones(3, 4, dtype=torch.int8)}))
    assert "does not fit" in refused(saved({"weight": torch.ones(1, 1).expand(1000, 1000)}))
    assert "no dense layer" in refused(saved({"weight": torch.ones(3, 4), "bias": torch.ones(4)}))
    assert "nan at [1, 2]" in refused(saved({"weight": torch.tensor([[0.0, 1, 2], [3, 4, float("nan")]])}))
    assert "no tensor" in refused(saved({"epoch": 3}))
    assert "NoneType" in refused(saved(None))


def test_a_script_is_code(tmp_path: Path) -> None:
    import torch

    torch.jit.save(torch.jit.trace(linear(10), torch.ones(2, 7)), tmp_path / "model.pt")
    assert "TorchScript" in refused(tmp_path / "model.pt")
