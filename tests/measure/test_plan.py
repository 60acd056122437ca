"""The plan: which cells there are, in which groups, and what is said of those that cannot run."""

import dataclasses
import itertools
import os
from typing import Any

import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry, Impossible, Style
from fairfit.measure import cgroups, cpus, plan
from fairfit.measure.plan import Plan, Selection
from fairfit.models.errors import UserError
from fairfit.models.sources.synthetic_classes import SyntheticClasses
from fairfit.models.spec import Spec, Training, find
from fairfit.models.text import Text
from tests.workbench import tiny

NOTHING = Text("nothing", "无")
NO_PLACE = Text("one program has no place for a loader", "一个程序容不下加载器")
LOADER_ONLY = Text("it takes nothing but a loader", "它只接受加载器")
ALPHA = Entry(
    "alpha", "Alpha", "nowhere", "numpy", ("numpy",), "alpha",
    {
        "plain": Style("arrays", NOTHING),
        "layer": Style("layers", NOTHING),
        "whole": Style("graph", NOTHING, impossible=(Impossible("input", "loader", NO_PLACE),)),
        "trainer": Style("fit", NOTHING, impossible=(Impossible("input", "resident", LOADER_ONLY),)),
    },
)  # fmt: skip
BETA = Entry("beta", "Beta", "nowhere", "a_package_that_is_not_installed", ("beta",), "beta", {"bare": Style("arrays", NOTHING)})


@pytest.fixture(autouse=True)
def two_frameworks_and_four_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FRAMEWORKS", (ALPHA, BETA))
    monkeypatch.setattr(cpus, "available", lambda: [2, 3, 5, 7])


def make(*specs: Spec, **selection: Any) -> Plan:
    return plan.make(specs or (tiny(),), Selection(**({"threads": ("1",)} | selection)))


def classes(name: str = "classes") -> Spec:
    return Spec(name, "softmax", "synthetic-classes", SyntheticClasses(rows=20, test_rows=5), Training(0.1))


def refusal(*specs: Spec, **selection: Any) -> str:
    """The message with which a selection is refused."""
    with pytest.raises(UserError) as caught:
        make(*specs, **selection)
    return str(caught.value)


# -- cells and groups


def test_a_cell_is_named_by_all_that_makes_it() -> None:
    cell = make(frameworks=["alpha"], styles=["plain"]).cells[0]
    assert cell.id == "tiny/alpha/plain/cpu/1/resident"


def test_cells_have_names_of_their_own() -> None:
    cells = make(
        tiny("a"), tiny("b"), threads=("1", "2", "shipped"), devices=("cpu", "gpu:0"), inputs=["resident", "loader"]
    ).cells
    assert len({cell.id for cell in cells}) == len(cells) == 2 * 2 * 3 * 5 * 2


def test_groups_hold_every_cell_once_and_differ_in_spec_device_or_threads() -> None:
    laid_out = make(tiny("a"), tiny("b"), threads=("1", "2"), devices=("cpu", "gpu:0"))
    groups = laid_out.groups()
    assert list(itertools.chain(*groups)) == laid_out.cells
    assert [len({cell.group for cell in group}) for group in groups] == [1] * 8
    assert len({group[0].group for group in groups}) == 8


def test_cells_follow_the_order_of_the_registry() -> None:
    assert [cell.style for cell in make(inputs=["resident"]).cells] == ["plain", "layer", "whole", "trainer", "bare"]


@pytest.mark.parametrize(
    "selection",
    [
        {"devices": ("cpu", "cpu")},
        {"inputs": ["resident", "resident"]},
        {"threads": ("1", "1")},
        {"frameworks": ["alpha", "alpha"]},
        {"styles": ["plain", "plain"]},
        {"models": ["linear", "linear"]},
    ],
    ids=lambda selection: next(iter(selection)),
)
def test_what_is_asked_twice_counts_once(selection: dict[str, object]) -> None:
    ids = [cell.id for cell in make(**selection).cells]
    assert len(ids) == len(set(ids))


# -- twins


@pytest.fixture
def baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FRAMEWORKS", (dataclasses.replace(ALPHA, baseline=True), BETA))


def test_the_baseline_is_measured_twice_under_two_names(baseline: None) -> None:
    ids = [cell.id for cell in make(styles=["plain"], inputs=["resident"]).cells]
    assert ids == ["tiny/alpha/plain/cpu/1/resident", "tiny/alpha/plain/cpu/1/resident/twin1"]


def test_a_twin_belongs_to_the_group_of_its_cell(baseline: None) -> None:
    assert [len(group) for group in make(styles=["plain"], threads=("1", "2")).groups()] == [2, 2]


def test_a_cell_that_cannot_run_has_no_twin(baseline: None) -> None:
    assert len(make(styles=["whole"], inputs=["loader"]).cells) == 1


def test_what_is_no_baseline_has_no_twin() -> None:
    assert not any(cell.twin for cell in make().cells)


# -- defaults


def test_the_default_is_one_thread_and_all_on_the_cpu() -> None:
    cells = plan.make([tiny()], Selection()).cells
    assert {(cell.device, cell.threads) for cell in cells} == {("cpu", "1"), ("cpu", "4")}


def test_the_default_input_is_resident_and_a_loader_where_users_expect_it() -> None:
    pairs = [(cell.style, cell.input) for cell in make(frameworks=["alpha"]).cells]
    assert pairs == [
        ("plain", "resident"),
        ("layer", "resident"), ("layer", "loader"),
        ("whole", "resident"),
        ("trainer", "resident"), ("trainer", "loader"),
    ]  # fmt: skip


def test_inputs_that_are_asked_for_go_to_every_style() -> None:
    assert [cell.style for cell in make(frameworks=["alpha"], inputs=["loader"]).cells] == list(ALPHA.styles)


# -- filters


def test_a_framework_filter_leaves_that_framework() -> None:
    assert {cell.framework for cell in make(frameworks=["beta"]).cells} == {"beta"}


def test_a_style_filter_leaves_that_style() -> None:
    assert {cell.style for cell in make(styles=["layer"]).cells} == {"layer"}


def test_a_model_filter_leaves_the_specs_of_that_model() -> None:
    laid_out = make(tiny(), classes(), models=["softmax"])
    assert set(laid_out.specs) == {cell.spec for cell in laid_out.cells} == {"classes"}


def test_filters_that_leave_nothing_are_refused() -> None:
    assert "nothing is left" in refusal(frameworks=["beta"], styles=["plain"])
    assert "nothing is left" in refusal(tiny(), models=["softmax"])


@pytest.mark.parametrize(
    ("selection", "asked", "meant"),
    [
        ({"frameworks": ["alpa"]}, "framework 'alpa'", "'alpha'"),
        ({"styles": ["plane"]}, "style 'plane'", "'plain'"),
        ({"models": ["liner"]}, "model 'liner'", "'linear'"),
        ({"inputs": ["residence"]}, "input 'residence'", "'resident'"),
    ],
)
def test_an_unknown_name_is_refused_with_what_was_meant(selection: dict[str, object], asked: str, meant: str) -> None:
    message = refusal(**selection)
    assert f"unknown {asked}" in message and f"did you mean {meant}?" in message


def test_a_name_like_no_other_is_refused_with_all_there_are() -> None:
    message = refusal(frameworks=["caffe"])
    assert "alpha, beta" in message and "did you mean" not in message


@pytest.mark.parametrize("device", ["gpu", "gpu:", "gpu:x", "gpu:-1", "tpu:0", "", "CPU"])
def test_an_unknown_device_is_refused(device: str) -> None:
    assert f"unknown device {device!r}" in refusal(devices=(device,))


def test_two_specs_of_one_name_are_refused() -> None:
    assert "two specs are called 'tiny'" in refusal(tiny(), tiny(epochs=3))


# -- threads


@pytest.mark.parametrize(
    ("asked", "planned"),
    [
        (("1", "all"), ["1", "4"]),
        (("all", "4"), ["4"]),
        (("shipped", "2"), ["shipped", "2"]),
        (("3", "1"), ["3", "1"]),
    ],
)
def test_threads_are_planned_as_asked(asked: tuple[str, ...], planned: list[str]) -> None:
    assert list(dict.fromkeys(cell.threads for cell in make(threads=asked).cells)) == planned


@pytest.mark.parametrize("threads", ["0", "5", "-1", "1.5", "two", "", " 1", "²"])
def test_threads_that_cannot_be_had_are_refused_with_those_that_can(threads: str) -> None:
    message = refusal(threads=(threads,))
    assert repr(threads) in message and "from 1 to 4" in message


def test_a_quota_bounds_the_threads_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "quota", lambda: 2.5)
    assert list(dict.fromkeys(cell.threads for cell in make(threads=("all", "1")).cells)) == ["2", "1"]
    assert "from 1 to 2, the CPUs whose time a quota" in refusal(threads=("3",))
    monkeypatch.setattr(cgroups, "quota", lambda: 0.5)
    assert "from 1 to 1, " in refusal(threads=("2",))
    monkeypatch.setattr(cgroups, "quota", lambda: 8.0)
    assert "from 1 to 4, the CPUs of this machine" in refusal(threads=("5",))


def test_one_cpu_is_one_cell_a_style(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpus, "available", lambda: [0])
    assert {cell.threads for cell in plan.make([tiny()], Selection()).cells} == {"1"}


def test_lanes_share_no_cpu() -> None:
    assert cpus.lanes(1) == [[2], [3], [5], [7]]
    assert cpus.lanes(3) == [[2, 3, 5]]


@pytest.mark.parametrize(("threads", "expected"), [("1", [2]), ("3", [2, 3, 5]), ("4", [2, 3, 5, 7]), ("shipped", [2, 3, 5, 7])])
def test_cpus_are_the_first_of_those_this_process_may_use(threads: str, expected: list[int]) -> None:
    assert cpus.of(threads) == expected


def test_cpus_are_the_first_of_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cpus.of("1", [7, 2, 5, 3]) == [7]
    assert cpus.of("2", [7, 2, 5, 3]) == [2, 7]
    assert cpus.lanes(2, [3, 5, 7]) == [[3, 5]]
    monkeypatch.setattr(cpus, "may_confine", lambda: False)
    assert cpus.lanes(1) == [[2, 3, 5, 7]]


def test_available_cpus_are_those_of_the_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert cpus.available() == sorted(os.sched_getaffinity(0))


# -- impossible cells


def test_a_framework_that_is_not_installed_says_how_to_get_it() -> None:
    laid_out = make(frameworks=["beta"])
    (reason,) = laid_out.impossible.values()
    assert list(laid_out.impossible) == [laid_out.cells[0].id]
    assert "beta is not installed" in reason.en and "fairfit[beta]" in reason.en
    assert "beta 未安装" in reason.zh and "fairfit[beta]" in reason.zh


def test_an_impossible_input_keeps_its_cell_and_gives_the_reason_of_its_style() -> None:
    laid_out = make(frameworks=["alpha"], inputs=["resident", "loader"])
    assert laid_out.impossible == {
        "tiny/alpha/whole/cpu/1/loader": NO_PLACE,
        "tiny/alpha/trainer/cpu/1/resident": LOADER_ONLY,
    }
    assert len(laid_out.cells) == 8


def test_cells_that_can_run_have_no_reason_against_them() -> None:
    assert make(frameworks=["alpha"], styles=["plain", "layer"]).impossible == {}


def test_every_framework_and_style_of_the_real_registry_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    laid_out = plan.make([tiny()], Selection(threads=("1",)))
    expected = {(entry.name, style) for entry in registry.FRAMEWORKS for style in entry.styles}
    assert {(cell.framework, cell.style) for cell in laid_out.cells} == expected


def test_of_one_spec_each_framework_keeps_the_style_that_starts_soonest() -> None:
    whole = plan.make([find("digits"), find("article-linear")], Selection(threads=["1"]))
    fewer = plan.one_style_a_framework(whole, "digits")
    assert [cell for cell in fewer.cells if cell.spec != "digits"] == [cell for cell in whole.cells if cell.spec != "digits"]
    kept = [cell for cell in fewer.cells if cell.spec == "digits"]
    possible = [cell for cell in whole.cells if cell.spec == "digits" and not cell.twin and cell.id not in whole.impossible]
    assert [cell.framework for cell in kept if not cell.twin] == list(dict.fromkeys(cell.framework for cell in possible))
    for cell in kept:
        styles = registry.find(cell.framework).styles
        others = [other.style for other in possible if other.framework == cell.framework]
        assert styles[cell.style].start_seconds == min(styles[style].start_seconds for style in others)
