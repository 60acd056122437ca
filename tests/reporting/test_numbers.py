"""No number of a report is taken on trust: a second implementation works each of them out from the files of the run."""

import json
import math
import random
import statistics
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fairfit.frameworks import registry
from fairfit.reporting import figures, write
from fairfit.runfiles import RunFolder
from fairfit.statistics import Estimate
from tests.reporting import recompute
from tests.workbench import ROOT

PUBLISHED = sorted(path.parent for path in (ROOT / "results" / "published").glob("*/run.json"))
ALONE = 400  # so many digits are changed all alone, one after the other

Values = dict[str, Any]


def render(folder: Path, out: Path) -> str:
    """The report without its figures: they are named in it but not drawn."""

    def save(figure: None, folder: Path, name: str) -> Path:
        (folder / f"{name}.svg").write_text("<svg></svg>")
        return folder / f"{name}.svg"

    with pytest.MonkeyPatch.context() as patch:
        for name in ("epoch_times", "training_loss", "graphs", "softmax_twice"):
            patch.setattr(figures, name, lambda *_: None)
        patch.setattr(figures, "save", save)
        write.write([RunFolder(folder)], out)
    return (out / "report.md").read_text(encoding="utf-8")


# -- what is published


@pytest.fixture(scope="module", params=PUBLISHED, ids=lambda folder: folder.name)
def published(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture(scope="module")
def rendered(published: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a published run, made anew from its files."""
    return render(published, tmp_path_factory.mktemp("report"))


def test_something_is_published() -> None:
    assert PUBLISHED


def test_every_number_follows_from_the_files_of_the_run(published: Path, rendered: str) -> None:
    assert recompute.check(rendered, published) == []


def test_what_is_published_is_what_is_rendered(published: Path, rendered: str) -> None:
    assert (published / "report.md").read_text(encoding="utf-8") == rendered


def test_every_changed_digit_is_found(published: Path, rendered: str) -> None:
    expected = recompute.recompute(published)
    assert overlooked(rendered, expected) == []


def test_changed_samples_are_found(published: Path, rendered: str, tmp_path: Path) -> None:
    """A report of other samples differs from what follows from these: cell by cell, for a few cells of each run."""
    (tmp_path / "run.json").write_text((published / "run.json").read_text(encoding="utf-8"))
    lines = [json.loads(line) for line in (published / "samples.jsonl").read_text(encoding="utf-8").splitlines()]
    cells = sorted({sample["cell"] for sample in lines})
    for cell in random.Random(0).sample(cells, min(10, len(cells))):
        other = [sample | {"seconds": sample["seconds"] * (1.02 if sample["cell"] == cell else 1)} for sample in lines]
        write_samples(tmp_path, other)
        assert recompute.check(rendered, tmp_path), f"{cell} took 2 % longer, and nothing in the report was wrong"


def overlooked(text: str, expected: list[str]) -> list[str]:
    """The digits of a report in whose place another one is not complained about; each named by its line and its number there.

    All first digits of the lines are changed in one go, then all second ones, and so on: a complaint names its line. Then some
    are changed all alone.
    """
    assert recompute.complaints(text, expected) == []
    choose, found = random.Random(0), []

    def changed(line: str, position: int) -> str:
        return line[:position] + str((int(line[position]) + choose.randrange(1, 10)) % 10) + line[position + 1 :]

    lines = text.split("\n")
    digits = {
        number: places
        for number, line in enumerate(lines, 1)
        if (places := [place for place, character in enumerate(line) if character in "0123456789"])
    }
    for count in range(max(map(len, digits.values()))):
        others = {number: changed(lines[number - 1], places[count]) for number, places in digits.items() if len(places) > count}
        told = recompute.complaints("\n".join(others.get(number, line) for number, line in enumerate(lines, 1)), expected)
        noticed = {complaint.partition(":")[0] for complaint in told}
        found += [f"line {number}, digit {count + 1}" for number in others if f"line {number}" not in noticed]
    for _ in range(ALONE):
        number = choose.choice(list(digits))
        other = changed(lines[number - 1], choose.choice(digits[number]))
        if len(recompute.complaints("\n".join([*lines[: number - 1], other, *lines[number:]]), expected)) != 1:
            found.append(f"line {number}: {other}")
    return found


# -- a run that is made up, so that everything a report can say is said


def write_samples(folder: Path, samples: list[Values]) -> None:
    (folder / "samples.jsonl").write_text("".join(json.dumps(sample) + "\n" for sample in samples))


SPECS = {"line": 10, "digits-16": 16, "digits-64": 64, "digits-256": 256}  # name → batch size
PLACES = (("cpu", "1", 6), ("cpu", "2", 5), ("cpu", "shipped", 2), ("gpu:0", "shipped", 1))  # device, threads, generations
REASON = "an `error` of its own: a_b * 2 | 3 <4>"


def make_up(folder: Path, change: Callable[[Values], None] = lambda values: None) -> Path:
    """A run with all frameworks and styles, several places and generations, ties, noise, refusals, and every topic.

    `change` may alter what run.json holds before it is written; samples of cells that are gone go with them.
    """
    chance = random.Random(0)
    values: Values = {
        "format": 1, "name": "made-up", "created": "2026-11-23 12:34 UTC", "command": "fairfit run --out a_folder",
        "machine": {"cpu": "a CPU", "cpus": 2, "memory_bytes": 123456789, "load_average": [0.1, 2.5], "governor": None},
        "options": {"precision": 0.02},
        "specs": {name: spec(name) for name in SPECS},
        "cells": [], "inspections": inspections(chance),
    }  # fmt: skip
    samples = []
    for name in SPECS:
        for device, threads, generations in PLACES if name == "line" else PLACES[:1]:
            for record, seconds in cells(name, device, threads, generations, chance):
                values["cells"].append(record)
                samples += seconds
    change(values)
    kept = {record["id"] for record in values["cells"] if record["status"] == "measured"}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps(values))
    write_samples(folder, [sample for sample in samples if sample["cell"] in kept])
    return folder


def spec(name: str) -> Values:
    model = "linear" if name == "line" else "softmax"
    training = {"learning_rate": 0.1, "batch_size": SPECS[name], "epochs": 3, "dtype": "float32"}
    described = {"name": name, "description": f"{name}: 2 of 3_000 rows", "model": model, "data": {"source": model}}
    return {
        "spec": described | {"training": training}, "digest": name, "rows": 1437, "inputs": 64, "outputs": 10,
        "reference_losses": [2.0, 1.1, 1.0], "reference_metric": 0.9, "floor_seconds": 0.0,
    }  # fmt: skip


def cells(name: str, device: str, threads: str, generations: int, chance: random.Random) -> Iterator[tuple[Values, list[Values]]]:
    """All cells of a group with their samples: a step takes its time however small it is, a row some more."""
    for entry in registry.FRAMEWORKS:
        for style, described in entry.styles.items():
            if name != "line" and described.level != "arrays":
                continue
            typical = math.exp(chance.uniform(-8, -4)) + 1437 / SPECS[name] * math.exp(chance.uniform(-12, -8))
            if threads == "2" and style in ("xla", "symbol", "fullgraph"):
                typical = 1e-4  # the fastest, and the same
            for input, twin in (
                [("resident", 0)] + [("loader", 0)] * (described.level == "layers") + [("resident", 1)] * entry.baseline
            ):
                record = cell(name, entry.name, style, device, threads, input, twin)
                why = {("mxnet", "gpu:0"): "unavailable", ("numpy", "gpu:0"): "unavailable"}.get((entry.name, device))
                if (name, device, threads) == ("line", "cpu", "1"):
                    why = {"module": "refused", "fit": "failed", "compile": "pending"}.get(style)
                costs = {part: chance.uniform(0.001, 20) for part in recompute.COSTS}
                if style not in ("ndarray", "nn"):
                    record["train_losses"] = [2.0, 1.04, 1.0 + chance.uniform(0, 1e-4)]
                startups = [startup(generation, costs, chance) for generation in range(generations)]
                record |= {"startups": startups, "framework_version": "1.2.3"} if why != "unavailable" else {"train_losses": []}
                if why:
                    record |= {"status": why, "reason": REASON if why != "pending" else ""}
                    record["distances"] = [1e-7, None, 2e-3] if why == "refused" else []
                    yield record, []
                    continue
                record["distances"] = [chance.uniform(1e-8, 1e-6) for _ in range(3)]
                scatter = 0.0005 if threads == "2" else 0.05
                slower = 1.08 if twin and threads == "1" else 1.0
                yield record, [
                    {"cell": record["id"], "generation": generation, "block": block, "epoch": 0, "epochs": 1,
                     "seconds": (seconds := typical * slower * math.exp(chance.gauss(0, scatter))),
                     "cpu_seconds": seconds * chance.uniform(0.5, 2)}
                    for generation in range(generations) for block in range(2)
                ]  # fmt: skip


def cell(name: str, framework: str, style: str, device: str, threads: str, input: str, twin: int) -> Values:
    id = "/".join([name, framework, style, device, threads, input] + [f"twin{twin}"] * twin)
    rounded = style in ("gluon", "hybrid")
    return {
        "id": id, "spec": name, "framework": framework, "style": style, "compiled": "nothing", "device": device,
        "level": registry.find(framework).styles[style].level, "threads": threads, "input": input, "twin": twin,
        "status": "measured", "reason": "", "log": [], "framework_version": "", "epochs_per_sample": 1, "startups": [],
        "settings": {"some_threads": 2, "devices": ["cpu", "gpu:0"]}, "environment": {"OMP_NUM_THREADS": threads},
        "distances": [], "tolerance": 5e-4 if rounded else 5e-5, "mark": "log_softmax is off by 4e-6" if rounded else "",
        "train_losses": [2.0, 1.5, 1.2], "metric": "accuracy", "test_metric": 0.87654, "clock": {},
        "notes": ["an epoch is 3 times the clock's resolution"] * (style == "tensor"),
    }  # fmt: skip


def startup(generation: int, costs: Mapping[str, float], chance: random.Random) -> Values:
    return {
        "generation": generation, "import_seconds": costs["import"] * chance.uniform(1, 2), "build_seconds": costs["build"],
        "first_epoch_seconds": chance.uniform(0.001, 30), "peak_rss_bytes": chance.randrange(10**7, 10**9),
        "wall_seconds": sum(costs.values()) * 1.01, "costs": dict(costs),
    }  # fmt: skip


def inspections(chance: random.Random) -> list[Values]:
    topics = {"extensibility": extensibility, "potential": potential, "graphs": graphs, "distributed": workers, "errata": errata}
    done = {"status": "measured", "reason": "", "log": [], "seconds": 1.0}
    return [
        {"topic": topic, "framework": name, "found": make(name, chance)} | done
        for topic, make in topics.items()
        for name in recompute.FRAMEWORKS
    ]


def extensibility(name: str, chance: random.Random) -> Values:
    """As frameworks/extensibility/probe.py tells it."""

    def outcome(works: bool | None) -> Values:
        return {
            "works": works,
            "how": "a way",
            "error": chance.uniform(1e-9, 1e-3) if works else None,
            "reason": "" if works else REASON,
        }

    def probe(number: int) -> Values:
        checks = {check: outcome(chance.choice([True, True, False, None])) for check in recompute.CHECKS}
        times = {"value": 1.234, "low": 0.99961, "high": chance.uniform(1.3, 2000), "against": "the built-in"}
        return {
            "what": "an extension", "file": f"frameworks/extensibility/{name}.py", "first_line": 100 * number, "last_line": 100,
            "lines": chance.randrange(5, 80), "checks": checks, "overhead": times if number % 2 else None, "overhead_reason": "",
        }  # fmt: skip

    return {"probes": {name: probe(number) for number, name in enumerate(recompute.PROBES)}}


def potential(name: str, chance: random.Random) -> Values:
    return {
        "version": "1.2.3", "requires_python": None if name == "mxnet" else ">=3.10", "pythons": ["3.9", "3.10", "3.8"],
        "platform_tags": ["linux_x86_64", "any"], "install_bytes": chance.randrange(10**7, 10**10), "dependencies": ["a", "b"],
        "dependency_bytes": chance.randrange(10**6, 10**9), "unimportable_modules": 1234, "public_functions": 3053,
        "public_classes": chance.randrange(900), "documented_share": chance.uniform(0.7, 1), "example_share": chance.random(),
        "median_docstring_characters": chance.randrange(5000), "warning_count": 10,
        "plain_import": {"works": name != "mxnet", "error": "" if name != "mxnet" else REASON},
        "import_seconds": [chance.uniform(1, 30) for _ in range(3)],
        "shims": [{"shim": "a", "needed": True}, {"shim": "b", "needed": name == "mxnet"}],
    }  # fmt: skip


def graphs(name: str, chance: random.Random) -> Values:
    def nodes(count: int) -> list[Values]:
        return [
            {"name": "x", "op": "", "inputs": []},
            *({"name": f"n{n}", "op": f"op_{n}", "inputs": ["x"]} for n in range(count)),
        ]

    return {
        model: {"forward": nodes(chance.randrange(2, 9)), "forward_from": "its 1st", "step": nodes(12), "step_from": "its 2nd"}
        for model in ("linear", "softmax")
    }


def workers(name: str, chance: random.Random) -> Values:
    if name == "tensorflow":
        outcome = {"works": False, "reason": REASON, "largest_distance": None, "step_milliseconds": None}
    else:
        outcome = {"works": True, "reason": "", "largest_distance": 6.789e-8, "step_milliseconds": chance.uniform(1, 2000)}
    return outcome | {"engine": "an_engine (of 3 processes)", "workers": 2, "processes": 4}


def errata(name: str, chance: random.Random) -> Values:
    def accuracies() -> list[float]:
        return [chance.random() for _ in range(10)]

    numbers = {
        data: {"right_accuracy": accuracies(), "twice_accuracy": accuracies(), "epochs_to_catch_up": chance.choice([None, 7])}
        for data in ("fashion-mnist", "digits")
    }
    wrong = {"reproduced": name != "pytorch", "happens": REASON, "instead": "Dense(10)  # of 1", "numbers": {}}
    return {"X1": wrong, "X2": wrong | {"numbers": numbers}, "X5": wrong | {"reproduced": None}}


def nothing_looked_into(values: Values) -> None:
    values["inspections"] = []


def inspections_failed(values: Values) -> None:
    for inspection in values["inspections"]:
        inspection |= {"status": "failed", "reason": "killed by signal 9", "found": {}}


def nothing_measured(values: Values) -> None:
    for record in values["cells"]:
        record |= {
            "status": "unavailable",
            "reason": "not installed: 1 of 2",
            "distances": [],
            "startups": [],
            "train_losses": [],
        }


def no_gpu_asked(values: Values) -> None:
    values["cells"] = [record for record in values["cells"] if record["device"] == "cpu"]


def no_gpu_there(values: Values) -> None:
    no_gpu_asked(values)
    for record in values["cells"]:
        record["settings"]["devices"] = ["cpu"]


def one_framework(values: Values) -> None:
    values["cells"] = [record for record in values["cells"] if record["framework"] == "mxnet"]


def two_styles(values: Values) -> None:
    values["cells"] = [record for record in values["cells"] if record["style"] in ("symbol", "xla")]


def everything_works(values: Values) -> None:
    """Of what was looked into."""
    for inspection in values["inspections"]:
        for probe in inspection["found"].get("probes", {}).values():
            for outcome in probe["checks"].values():
                outcome |= {"works": True, "reason": ""}
        if inspection["topic"] == "potential":
            inspection["found"] |= {"plain_import": {"works": True, "error": ""}, "documented_share": 0.9, "example_share": 0.04}
            if inspection["framework"] == "mxnet":
                inspection["found"]["example_share"] = 0.5


def other_operators_run(values: Values) -> None:
    for inspection in values["inspections"]:
        if (inspection["topic"], inspection["framework"]) == ("graphs", "mxnet"):
            for graph in inspection["found"].values():
                graph["forward"] = [{"name": "y", "op": "declared", "inputs": []}]


def widely_precise(values: Values) -> None:
    values["options"] = {"precision": 0.5}


CHANGES = [
    nothing_looked_into, inspections_failed, nothing_measured, no_gpu_asked, no_gpu_there, one_framework,
    two_styles, everything_works, other_operators_run, widely_precise,
]  # fmt: skip


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_up(tmp_path_factory.mktemp("made-up"))


@pytest.fixture(scope="module")
def expected(made_up: Path) -> list[str]:
    return recompute.recompute(made_up)


def test_every_number_of_a_made_up_run_follows(made_up: Path, expected: list[str], tmp_path: Path) -> None:
    text = render(made_up, tmp_path)
    assert recompute.complaints(text, expected) == []
    assert overlooked(text, expected) == []


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_every_number_of_a_lesser_run_follows(change: Callable[[Values], None], tmp_path: Path) -> None:
    folder = make_up(tmp_path / "run", change)
    assert recompute.check(render(folder, tmp_path), folder) == []


SAYINGS = (
    "first, not alone", "no difference shown", "inconclusive", "refused", "failed", "not measured", "not finite", "as shipped",
    "gpu:0", "this machine was noisy", "allowed 5e-04", "What a step costs", "never",
)  # fmt: skip


def test_the_made_up_run_says_what_a_report_can_say(made_up: Path, tmp_path: Path) -> None:
    text = render(made_up, tmp_path)
    for words in SAYINGS:
        assert words in text, words


# -- a report that is wrong is found out


def mean_of_blocks(logarithms: Mapping[tuple[int, int], float]) -> Estimate:
    """As if blocks were independent: the mistake that the estimator is there to avoid."""
    mean, scatter = statistics.fmean(logarithms.values()), statistics.pstdev(logarithms.values())
    reach = 1.96 * scatter / math.sqrt(len(logarithms))
    return Estimate(math.exp(mean), math.exp(mean - reach), math.exp(mean + reach))


WRONG = [
    ("fairfit.statistics.ASSUMED_SCATTER", 0.049),
    ("fairfit.statistics.ENOUGH_GENERATIONS", 6),
    ("fairfit.statistics.SMALLEST_DIFFERENCE", 0.5),
    ("fairfit.statistics.stdtrit", lambda freedom, share: 1.96),
    ("fairfit.statistics._estimate", mean_of_blocks),
    ("fairfit.reporting.tables.NOISY", 0.5),
    ("fairfit.reporting.overview.TARGET", 1.06),
    ("fairfit.reporting.verdict.GAP", 1.5),
    ("fairfit.reporting.claims.percent_text", lambda share: f"{100 * share:.1f} %"),
    ("fairfit.reporting.topics.percent_text", lambda share: f"{100 * share:.1f} %"),
    ("fairfit.reporting.table.figure_text", lambda value, digits=3: "" if value is None else f"{value:.3g}"),
    ("fairfit.reporting.cells._may_be_as_fast", lambda row: False),
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=[name for name, _ in WRONG])
def test_a_wrong_report_is_found_out(
    name: str, value: object, made_up: Path, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name, value)
    assert recompute.complaints(render(made_up, tmp_path), expected) != []


# -- the second implementation itself


def test_quantile_of_student() -> None:
    assert math.isclose(recompute.STUDENT, 2.7764451052, rel_tol=1e-9)  # from printed tables: 2.776


def test_numbers_have_as_many_digits_as_asked_for() -> None:
    values = {
        0: "0",
        1234567.0: "1,230,000",
        99.96: "100",
        0.99975: "1.00",
        12.345: "12.3",
        0.0123: "0.0123",
        4.8396e-5: "4.84e-05",
    }
    assert [recompute.significant(value) for value in values] == list(values.values())
