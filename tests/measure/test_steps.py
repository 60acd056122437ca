"""The article's steps, cut out of an adapter's source."""

import dataclasses
from pathlib import Path

import pytest

import fairfit.frameworks
from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry
from fairfit.measure.steps import STEPS, steps
from fairfit.records import Step

SOURCE = '''"""An adapter."""


class Layer:
    def transfer(self):
        self.features = 1

    def train_epoch(self, order):
        for batch in order:
            if batch:
                self.step(batch)


class Compiled(Layer):
    def build(self):
        self.compiled = True


class Example:
    trainers = {"layer": Layer, "compiled": Compiled}
'''


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    (tmp_path / "example_adapter.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    (entry,) = (entry for entry in registry.FRAMEWORKS if entry.name == "pytorch")
    style = entry.styles["nn"]
    styles = {"layer": style, "compiled": dataclasses.replace(style, level="compiled")}
    return dataclasses.replace(entry, adapter="example_adapter", styles=styles)


def test_a_step_is_the_method_of_its_style_without_indentation(example: Entry) -> None:
    by_key = {step.key: step for step in steps(example)}
    assert list(by_key) == ["load", "initialise", "configure", "compile", "train"]
    assert by_key["load"] == Step("load", "example_adapter.py", 5, ["def transfer(self):", "    self.features = 1"])
    assert by_key["compile"].lines == ["def build(self):", "    self.compiled = True"]
    assert by_key["train"].first == 8 and by_key["train"].lines[-1] == "            self.step(batch)"


def test_a_step_that_the_adapter_lacks_has_no_lines(example: Entry) -> None:
    by_key = {step.key: step for step in steps(example)}
    assert by_key["initialise"].lines == by_key["configure"].lines == []


def test_a_framework_without_layers_has_no_steps() -> None:
    assert steps(registry.find("numpy")) == []


WITH_LAYERS = [entry for entry in registry.FRAMEWORKS if any(style.level == "layers" for style in entry.styles.values())]


@pytest.mark.parametrize("entry", WITH_LAYERS, ids=lambda entry: entry.name)
def test_the_loop_of_every_framework_is_found_where_it_stands(entry: Entry) -> None:
    loop = steps(entry)[-1]
    source = Path(fairfit.frameworks.__path__[0]).parent.joinpath(loop.file).read_text().splitlines()
    assert loop.lines[0].startswith("def train_epoch(")
    assert source[loop.first - 1].strip() == loop.lines[0]
    assert [step.key for step in steps(entry)] == [key for key, _, _ in STEPS]
