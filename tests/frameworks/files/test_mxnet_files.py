"""Files that MXNet's own calls write are read to the bit, without MXNet."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairfit.frameworks.files.reading import read
from tests.frameworks.files.made import INPUTS, arrays, every_layer, params, refused, same

pytestmark = pytest.mark.framework("mxnet")


def library() -> Any:
    import fairfit.frameworks.mxnet  # noqa: F401  # with what MXNet 1.9.1 needs under today's NumPy

    return importlib.import_module("mxnet")


def dense(outputs: int, dtype: str = "float32", activation: str | None = None) -> Any:
    """A trained layer, hybridised, as Gluon's tutorial has it."""
    mx = library()
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(outputs, in_units=INPUTS, activation=activation))
    net.cast(dtype)
    net.initialize()
    weight, bias = arrays(outputs, dtype)
    net[0].weight.set_data(mx.nd.array(weight, dtype=dtype))
    net[0].bias.set_data(mx.nd.array(bias, dtype=dtype))
    net.hybridize()
    net(mx.nd.ones((2, INPUTS), dtype=dtype))
    return net


@every_layer
def test_gluon_parameters(tmp_path: Path, outputs: int, dtype: str) -> None:
    net = dense(outputs, dtype)
    net.save_parameters(str(tmp_path / "own.params"))
    net.collect_params().save(str(tmp_path / "collected.params"))
    for name in ("own", "collected"):
        layer = read(tmp_path / f"{name}.params")
        same(layer, *arrays(outputs, dtype))
        assert layer.ends_in == "" and "cannot show an activation" in layer.notes[0].en


@every_layer
def test_gluon_export(tmp_path: Path, outputs: int, dtype: str) -> None:
    dense(outputs, dtype).export(str(tmp_path / "net"), epoch=3)
    layer = read(tmp_path / "net-0003.params")
    same(layer, *arrays(outputs, dtype))
    assert layer.ends_in == "scores" and layer.notes == ()


def network(outputs: int, output: str) -> Any:
    mx = library()
    scores = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=outputs, name="fc")
    return getattr(mx.sym, output)(scores, mx.sym.var("label"), name="out")


@pytest.mark.parametrize(("output", "ends_in"), [("SoftmaxOutput", "softmax"), ("LinearRegressionOutput", "scores")])
def test_a_checkpoint_of_module_and_its_momentum(tmp_path: Path, output: str, ends_in: str) -> None:
    mx = library()
    module = mx.mod.Module(network(10, output), label_names=["label"])
    module.bind([("data", (4, INPUTS))], [("label", (4,) if ends_in == "softmax" else (4, 10))])
    weight, bias = arrays(10)
    module.init_params(arg_params={"fc_weight": mx.nd.array(weight), "fc_bias": mx.nd.array(bias)})
    module.init_optimizer(optimizer_params={"learning_rate": 0.0, "momentum": 0.9})
    module.forward(mx.io.DataBatch([mx.nd.ones((4, INPUTS))], [mx.nd.zeros((4,) if ends_in == "softmax" else (4, 10))]))
    module.backward()
    module.update()
    module.save_checkpoint(str(tmp_path / "m"), 1, save_optimizer_states=True)
    layer = read(tmp_path / "m-0001.params", states=tmp_path / "m-0001.states")
    same(layer, weight, bias)
    assert layer.name == "fc" and layer.ends_in == ends_in
    assert layer.state is not None and layer.state.method == "momentum" and layer.state.holds_rate


@pytest.mark.parametrize(
    ("optimizer", "settings", "method"),
    [("sgd", {"momentum": 0.9}, "momentum"), ("nag", {"momentum": 0.9}, "momentum"), ("adam", {}, "adam")],
)
@every_layer
def test_the_state_of_a_trainer(
    tmp_path: Path, optimizer: str, settings: dict[str, float], method: str, outputs: int, dtype: str
) -> None:
    mx = library()
    net = dense(outputs, dtype)
    trainer = mx.gluon.Trainer(net.collect_params(), optimizer, {"learning_rate": 0.01, **settings})
    for _ in range(3):
        with mx.autograd.record():
            loss = net(mx.nd.ones((4, INPUTS), dtype=dtype)).square().sum()
        loss.backward()
        trainer.step(4)
    net.save_parameters(str(tmp_path / "net.params"))
    trainer.save_states(str(tmp_path / "net.states"))
    state = read(tmp_path / "net.params", states=tmp_path / "net.states").state
    assert state is not None
    assert (state.method, state.holds_rate, state.rate, state.steps, state.nesterov) == (
        method,
        method == "momentum",
        0.01,
        3,
        optimizer == "nag",
    )
    kept = {
        tuple(value.shape): value
        for each in trainer._updaters[0].states.values()
        for value in (each if isinstance(each, tuple) else (each,))[:1]
    }
    assert state.weight[0].tobytes() == kept[(outputs, INPUTS)].asnumpy().tobytes()
    assert state.bias[0].tobytes() == kept[(outputs,)].asnumpy().tobytes()


def test_a_state_without_momentum(tmp_path: Path) -> None:
    mx = library()
    net = dense(10)
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd")
    with mx.autograd.record():
        loss = net(mx.nd.ones((4, INPUTS))).sum()
    loss.backward()
    trainer.step(4)
    trainer.save_states(str(tmp_path / "net.states"))
    net.save_parameters(str(tmp_path / "net.params"))
    with pytest.raises(Exception, match="keeps no state"):
        read(tmp_path / "net.params", states=tmp_path / "net.states")


def test_all_kinds_of_names(tmp_path: Path) -> None:
    mx = library()
    weight, bias = arrays(10)
    arrays_of_both = mx.nd.array(weight), mx.nd.array(bias)
    for number, saved in enumerate([
        dict(zip(("w", "b"), arrays_of_both, strict=True)), list(arrays_of_both), list(reversed(arrays_of_both)),
        dict(zip(("arg:fc_weight", "arg:fc_bias"), arrays_of_both, strict=True)),
    ]):  # fmt: skip
        mx.nd.save(str(tmp_path / f"{number}.params"), saved)
        same(read(tmp_path / f"{number}.params"), weight, bias)
    mx.nd.save(str(tmp_path / "one.params"), arrays_of_both[0])
    same(read(tmp_path / "one.params"), weight, None)


def test_arrays_of_the_numpy_interface(tmp_path: Path) -> None:
    mx = library()
    weight, bias = arrays(10)
    with mx.util.np_shape(True), mx.util.np_array(True):
        mx.npx.save(str(tmp_path / "v3.params"), {"weight": mx.np.array(weight), "bias": mx.np.array(bias)})
    assert (tmp_path / "v3.params").read_bytes()[24:28] == b"\xca\xfa\x93\xf9"
    same(read(tmp_path / "v3.params"), weight, bias)


@pytest.mark.parametrize("version", [0, 1, 2])
def test_mxnet_reads_what_the_tests_write_by_hand(tmp_path: Path, version: int) -> None:
    mx = library()
    weight, bias = arrays(10)
    (tmp_path / "hand.params").write_bytes(params({"weight": weight, "bias": bias}, version))
    loaded = mx.nd.load(str(tmp_path / "hand.params"))
    assert np.array_equal(loaded["weight"].asnumpy(), weight)
    same(read(tmp_path / "hand.params"), weight, bias)


@pytest.mark.parametrize(("activation", "told"), [("relu", "'Activation' 'dense"), ("sigmoid", "'Activation' 'dense")])
def test_an_activation_is_refused_by_name(tmp_path: Path, activation: str, told: str) -> None:
    dense(10, activation=activation).export(str(tmp_path / "net"))
    assert told in refused(tmp_path / "net-0000.params")


def test_other_layers_are_refused_by_name(tmp_path: Path) -> None:
    mx = library()
    nn = mx.gluon.nn

    def saved(*layers: Any) -> Path:
        net = nn.HybridSequential()
        net.add(*layers)
        net.initialize()
        net.hybridize()
        net(mx.nd.ones((2, INPUTS)))
        net.export(str(tmp_path / "net"))
        return tmp_path / "net-0000.params"

    assert "'BatchNorm' 'batchnorm" in refused(saved(nn.Dense(10), nn.BatchNorm()))
    two = saved(nn.Dense(5), nn.Dense(10))
    told = refused(two)
    assert "more than one dense layer" in told
    last = told.split("'")[3]
    assert read(two, layer=last).weight.shape == (10, 5)
    assert read(saved(nn.Flatten(), nn.Dropout(0.5), nn.Dense(3, use_bias=False))).has_bias is False


def test_a_symbol_that_is_given(tmp_path: Path) -> None:
    weight, bias = arrays(10)
    (tmp_path / "a.params").write_bytes(params({"fc_weight": weight, "fc_bias": bias}))
    network(10, "SoftmaxOutput").save(str(tmp_path / "b.json"))
    assert read(tmp_path / "a.params", symbol=tmp_path / "b.json").ends_in == "softmax"
    network(9, "SoftmaxOutput").save(str(tmp_path / "b.json"))
    assert "'9' outputs" in refused(tmp_path / "a.params", symbol=tmp_path / "b.json")
    (tmp_path / "a.params").write_bytes(params({"w": weight, "b": bias}))
    assert "2 of 2 tensors of the network are not in the file" in refused(tmp_path / "a.params", symbol=tmp_path / "b.json")
