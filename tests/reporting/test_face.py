"""What a report shows first, on runs made by hand: the answer, who should choose what, and the comparison."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from fairfit.models.spec import to_json
from fairfit.models.text import Text, in_language
from fairfit.records import Cell, CellRecord, Fact, FrameworkRecord, Machine, Run, Sample, SpecRecord, Startup
from fairfit.reporting import face, write
from fairfit.reporting.evidence import Evidence, read
from fairfit.runfiles import RunFolder
from tests.workbench import tiny

SCATTER = (1.0, 1.002, 0.998, 1.001, 0.999)  # of generations
LEVELS = {"gluon": "layers", "keras": "layers", "nn": "layers", "xla": "graph", "tensor": "arrays", "numpy": "arrays"}
TITLES = {"mxnet": "MXNet", "tensorflow": "TensorFlow", "pytorch": "PyTorch", "numpy": "NumPy"}
RETIRED = Fact("mxnet", "2023-09", Text("It was retired.", "已退役。"), Text("its page", "其页面"), "2026-11", "retired")


def cell(name: str, milliseconds: float | None, status: str = "measured") -> tuple[CellRecord, list[Sample]]:
    """A cell by its id, 'digits/pytorch/nn/cpu/1/loader', with one sample a generation; none where it has no time."""
    spec, framework, style, device, threads, source = name.split("/")
    record = CellRecord(Cell(spec, framework, style, device, threads, source), LEVELS[style], "nothing", status)
    if status in ("measured", "refused"):
        record.distances, record.tolerance, record.train_losses = [1e-7], 5e-5, [2.0, 1.0]
    if milliseconds is None:
        return record, []
    record.startups = [Startup(0, 1.0, 0.1, 0.1, costs={"import": 1.0})]
    return record, [Sample(name, g, 0, 0, 1, milliseconds / 1e3 * factor, 0.1) for g, factor in enumerate(SCATTER)]


def run(folder: Path, *cells: tuple[CellRecord, list[Sample]], facts: Sequence[Fact] = (), name: str = "a run") -> RunFolder:
    spec = tiny()
    records = [record for record, _ in cells]
    made = RunFolder(folder / name)
    made.create()
    made.write(
        Run(
            name,
            "today",
            "fairfit run",
            Machine("a CPU", 2, 1, [0.0], None, "Linux", "3.11"),
            {"precision": 0.02},
            frameworks={
                framework: FrameworkRecord(title, "#777777", framework == "numpy", LEVELS)
                for framework, title in TITLES.items()
                if framework in {record.cell.framework for record in records}
            },
            facts=list(facts),
            specs={record.cell.spec: SpecRecord(to_json(spec), spec.digest, 20, 2, 1, [2.0, 1.0], 0.9) for record in records},
            cells=records,
        )
    )
    for _, samples in cells:
        for sample in samples:
            made.append(sample)
    return made


def evidence(*folders: RunFolder) -> Evidence:
    return read(folders)


def said(found: Evidence, language: str = "en") -> str:
    return " ".join(in_language(text, language) for text in face.answer(found))


def advised(found: Evidence) -> list[str]:
    return [choice.text.en for choice in face.choices(found)]


def shown(found: Evidence, language: str = "en") -> list[list[str]]:
    made = face.comparison(found)
    return [] if made is None else [[in_language(text, language) for text in row] for row in made.rows]


THREE = (
    cell("digits/mxnet/gluon/cpu/1/loader", 20.0),
    cell("digits/tensorflow/keras/cpu/1/loader", 90.0),
    cell("digits/tensorflow/xla/cpu/1/resident", 1.0),
    cell("digits/pytorch/nn/cpu/1/loader", 10.0),
    cell("digits/pytorch/tensor/cpu/1/resident", 5.0),
)


def test_the_usual_code_and_the_best_are_two_lines_with_time_and_ratio_in_each_cell(tmp_path: Path) -> None:
    assert shown(evidence(run(tmp_path, *THREE))) == [
        ["digits", "usual code", "20.0 ms, 2.00×", "90.0 ms, 9.00×", "10.0 ms, fastest"],
        ["digits", "each at its best", "20.0 ms, 20.0×", "1.00 ms, fastest, xla", "5.00 ms, 5.00×, tensor"],
    ]


def test_the_answer_says_who_is_first_in_either_way(tmp_path: Path) -> None:
    found = evidence(run(tmp_path, *THREE))
    assert said(found) == (
        "digits: with the code most people write, PyTorch is fastest (MXNet takes 2.00, TensorFlow 9.00 times as long); each at its "
        "best, TensorFlow (xla) is fastest (PyTorch (tensor) takes 5.00, MXNet 20.0 times as long)."
    )
    assert "PyTorch 最快" in said(found, "zh") and "fastest" not in said(found, "zh")


def test_every_line_of_advice_has_its_reason(tmp_path: Path) -> None:
    lines = advised(evidence(run(tmp_path, *THREE)))
    assert lines[0] == (
        "Choose PyTorch when you write ordinary layers and a loop, because it is the fastest; the next takes 2.0 times as long."
    )
    assert lines[1].startswith("Choose TensorFlow (xla) when you train long")
    assert all(", because" in line for line in lines) and len(lines) <= 5


def test_a_tie_stays_a_tie(tmp_path: Path) -> None:
    found = evidence(run(tmp_path, cell("digits/mxnet/gluon/cpu/1/loader", 10.0), cell("digits/pytorch/nn/cpu/1/loader", 10.02)))
    assert shown(found) == [["digits", "usual code", "10.0 ms, tied 1.00×", "10.0 ms, tied 1.00×"]]
    assert "MXNet and PyTorch tie" in said(found) and "fastest" not in said(found)
    assert not any(line.startswith("Choose PyTorch when you write") for line in advised(found))


def test_the_baseline_wins_nothing_and_is_never_left_out(tmp_path: Path) -> None:
    found = evidence(run(tmp_path, *THREE, cell("digits/numpy/numpy/cpu/1/resident", 0.5)))
    usual, best = shown(found)
    assert usual[-1] == "0.500 ms, 0.0500×" and best[-1] == "0.500 ms, 0.500×"
    assert best[3] == "1.00 ms, fastest, xla"
    assert "NumPy, the baseline, is faster still." in said(found)
    assert any("Choose NumPy alone" in line for line in advised(found))


def test_a_baseline_that_may_be_as_fast_is_told_as_a_tie(tmp_path: Path) -> None:
    found = evidence(run(tmp_path, *THREE, cell("digits/numpy/numpy/cpu/1/resident", 1.0)))
    assert "NumPy, the baseline, ties with the best." in said(found)


def test_a_baseline_that_only_the_best_outrun_is_named_beside_the_usual_code(tmp_path: Path) -> None:
    found = evidence(run(tmp_path, *THREE, cell("digits/numpy/numpy/cpu/1/resident", 3.0)))
    assert "NumPy, the baseline, is faster than all usual code." in said(found)
    assert shown(found)[0][-1] == "3.00 ms, 0.300×"


@pytest.mark.parametrize("milliseconds", [0.5, 0.998, 1.0, 1.002, 3.0, 9.99, 10.0, 10.02])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_baseline_that_is_not_slower_somewhere_is_named_in_the_answer(
    tmp_path: Path, milliseconds: float, language: str
) -> None:
    found = evidence(run(tmp_path, *THREE, cell("digits/numpy/numpy/cpu/1/resident", milliseconds)))
    assert "NumPy" in said(found, language)


@pytest.mark.parametrize("milliseconds", [0.997, 1.0, 1.003])
def test_what_is_tied_is_never_shown_by_a_number_alone(tmp_path: Path, milliseconds: float) -> None:
    found = evidence(run(tmp_path, *THREE, cell("digits/numpy/numpy/cpu/1/resident", milliseconds)))
    assert ", tied " in shown(found)[1][-1] and "，并列 " in shown(found, "zh")[1][-1]


def test_advice_beside_a_faster_baseline_speaks_of_frameworks(tmp_path: Path) -> None:
    lines = advised(evidence(run(tmp_path, *THREE, cell("digits/numpy/numpy/cpu/1/resident", 0.5))))
    assert [line for line in lines if "fastest" in line] and all(
        "the fastest framework" in line for line in lines if "fastest" in line
    )


def started(name: str, milliseconds: float, seconds: float) -> tuple[CellRecord, list[Sample]]:
    """A cell that is ready to train after so many seconds."""
    record, samples = cell(name, milliseconds)
    record.startups = [Startup(0, seconds, 0.0, 0.1, costs={"import": seconds})]
    return record, samples


def test_jobs_of_seconds_go_to_who_is_clearly_first_and_name_the_baseline(tmp_path: Path) -> None:
    slow = started("digits/tensorflow/keras/cpu/1/loader", 90.0, 5.0)
    first = started("digits/pytorch/nn/cpu/1/loader", 10.0, 1.0)
    alone = started("digits/numpy/numpy/cpu/1/resident", 0.5, 0.01)
    (line,) = (line for line in advised(evidence(run(tmp_path, slow, first, alone))) if "jobs last seconds" in line)
    assert line.startswith("Choose PyTorch") and "the least of the frameworks (NumPy 0.1" in line
    level = started("digits/tensorflow/keras/cpu/1/loader", 10.0, 1.05)
    assert not any("jobs last seconds" in line for line in advised(evidence(run(tmp_path, level, first, name="b"))))


def test_one_framework_alone_is_no_reason_to_stay_with_it(tmp_path: Path) -> None:
    found = evidence(run(tmp_path, THREE[3], THREE[4], cell("digits/numpy/numpy/cpu/1/resident", 0.5)))
    assert not any("before you change the framework" in line for line in advised(found))


def test_a_retired_framework_is_said_to_be_so_and_is_not_recommended(tmp_path: Path) -> None:
    cells = (
        cell("digits/mxnet/gluon/cpu/1/loader", 5.0),
        cell("digits/tensorflow/keras/cpu/1/loader", 90.0),
        cell("digits/pytorch/nn/cpu/1/loader", 10.0),
    )
    found = evidence(run(tmp_path, *cells, facts=[RETIRED]))
    lines = advised(found)
    assert lines[0].startswith("Choose PyTorch when") and "still developed" in lines[0]
    assert any(line.startswith("Do not start anything new with MXNet, because it is retired (since 2023-09)") for line in lines)


def test_one_framework_alone_is_told_without_winners(tmp_path: Path) -> None:
    found = evidence(run(tmp_path, THREE[3], THREE[4]))
    assert said(found) == "digits: PyTorch (tensor) trains an epoch in 5.00 ms."
    assert shown(found) == [
        ["digits", "usual code", "10.0 ms"],
        ["digits", "each at its best", "5.00 ms, tensor"],
    ]


def test_a_baseline_alone_is_told_too(tmp_path: Path) -> None:
    found = evidence(run(tmp_path, cell("digits/numpy/numpy/cpu/1/resident", 0.5)))
    assert said(found) == "digits: NumPy trains an epoch in 0.500 ms."
    assert shown(found) == [["digits", "each at its best", "0.500 ms"]]
    assert advised(found) == []


def test_proofs_alone_are_told_without_times(tmp_path: Path) -> None:
    found = evidence(
        run(tmp_path, cell("digits/pytorch/nn/cpu/1/resident", None), cell("digits/mxnet/gluon/cpu/1/resident", None, "refused"))
    )
    assert said(found).startswith("Of 2 cells 1 train to the same weights") and said(found).endswith("Nothing was timed.")
    assert face.comparison(found) is None and advised(found) == []


def test_nothing_measured_is_said_so(tmp_path: Path) -> None:
    found = evidence(run(tmp_path, cell("digits/pytorch/nn/cpu/1/resident", None, "unavailable")))
    assert said(found) == "Nothing was measured."
    assert face.comparison(found) is None and advised(found) == []


def test_a_refused_cell_has_no_time_and_says_why(tmp_path: Path) -> None:
    found = evidence(
        run(
            tmp_path,
            cell("digits/pytorch/nn/cpu/1/resident", 10.0),
            cell("digits/tensorflow/keras/cpu/1/resident", 20.0),
            cell("digits/mxnet/gluon/cpu/1/resident", None, "refused"),
        )
    )
    assert shown(found)[0][2:] == ["refused", "20.0 ms, 2.00×", "10.0 ms, fastest"]
    assert "Proven: 2 of 3 cells" in face.sureness(found).en


def test_a_gpu_stands_below_the_cpu_with_its_place(tmp_path: Path) -> None:
    here = run(tmp_path, *THREE)
    there = run(
        tmp_path,
        cell("digits/pytorch/nn/gpu:0/shipped/loader", 3.0),
        cell("digits/tensorflow/keras/gpu:0/shipped/loader", 6.0),
        name="elsewhere",
    )
    lines = shown(evidence(here, there))
    assert [line[2] for line in lines] == ["cpu, on 1 CPU (a run)"] * 2 + ["gpu:0, as shipped (elsewhere)"]
    assert lines[2][3:] == ["–", "6.00 ms, 2.00×", "3.00 ms, fastest"]
    assert "no GPU" not in face.sureness(evidence(here, there)).en


def test_one_place_stands_for_all_and_equal_hardware_comes_first(tmp_path: Path) -> None:
    cells = [
        cell(f"digits/{framework}/{style}/cpu/{threads}/loader", milliseconds)
        for threads in ("shipped", "1")
        for framework, style, milliseconds in (("mxnet", "gluon", 20.0), ("pytorch", "nn", 10.0))
    ]
    found = evidence(run(tmp_path, *cells))
    made = face.comparison(found)
    assert made is not None and len(made.rows) == 1 and "on 1 CPU" in str(made.title)
    assert len(face.lines(found, all_places=True)) == 2
    assert said(found) == "With the code most people write, PyTorch is fastest in both comparisons."


@pytest.mark.parametrize(("spec", "is_so"), [("article-linear", True), ("digits", False)])
def test_a_spec_of_ones_own_says_nothing_of_the_article(tmp_path: Path, spec: str, is_so: bool) -> None:
    cells = (cell(f"{spec}/mxnet/gluon/cpu/1/loader", 20.0), cell(f"{spec}/pytorch/nn/cpu/1/loader", 10.0))
    found = evidence(run(tmp_path, *cells))
    assert face.concerns_the_article(found) == is_so
    assert ("The article's advice" in said(found)) == is_so


def test_a_spec_is_described_in_either_language(tmp_path: Path) -> None:
    made = run(tmp_path, *THREE)
    changed = made.read()
    changed.specs["digits"].spec["description"] = {"en": "Small images", "zh": "小图像"}
    made.write(changed)
    write.write([made], language="zh")
    assert "小图像" in (made.path / "report.md").read_text(encoding="utf-8")
