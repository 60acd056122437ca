"""Training code of the user's own on the clock: what is right is measured, who takes the time of less work is refused; a run goes on
with the files that it began with."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

import fairfit
from fairfit.runfiles import RunFolder
from tests.measure import ports

OURS = """
import threading
import time

from fairfit.frameworks.numpy import ArrayTrainer


class Ours(ArrayTrainer):
    thread = None

    def reset(self, parameters):
        self.wait()
        super().reset(parameters)

    def train_epoch(self, order, *, learning_rate):
        before = self.thread
        self.thread = threading.Thread(target=self.later, args=(before, order, learning_rate))
        self.thread.start()

    def later(self, before, order, learning_rate):
        if before is not None:
            before.join()
        time.sleep(0.03)
        super().train_epoch(order, learning_rate=learning_rate)

    def wait(self):
        if self.thread is not None:
            self.thread.join()

    def synchronize(self):
        self.wait()

    def parameters(self):
        self.wait()
        return super().parameters()
"""
FENCE = "    def synchronize(self):\n        self.wait()\n"
REPLAY = ports.RIGHT.replace("def train(", "def once(") + '''

KEPT = []


def train(features, targets, weight, bias, orders, batch_size, learning_rates, momentum, l2):
    if not KEPT:
        given = features, targets, weight, bias, orders, batch_size, learning_rates, momentum, l2
        KEPT.extend((weight.copy(), bias.copy()) for weight, bias in once(*given))
    for epoch in range(len(orders)):
        yield KEPT[epoch % len(KEPT)]
'''  # fmt: skip
LATER = "    calls = globals().setdefault('calls', [])\n    calls.append(1)\n    velocity = [np"
SOURCES = {
    "right": ports.RIGHT,
    "says_ready": ports.FINE["says_ready"],
    "fenced": OURS,
    "returns_all": ports.FINE["returns_all"],
    "unfenced": OURS.replace(FENCE, "    def synchronize(self):\n        pass\n"),
    "works_after_the_fence": OURS.replace(FENCE, "    def synchronize(self):\n        time.sleep(0.001)\n"),
    "replays": REPLAY,
    "drops_the_last_batch_later": ports.changed(
        ("    velocity = [np", LATER),
        ("range(0, len(order), batch_size)", "range(0, len(order) - (batch_size - 1) * (len(calls) > 2), batch_size)"),
    ),
    "trains_no_more_later": ports.changed(("    velocity = [np", LATER), ("weight -= ", "if len(calls) < 3: weight -= ")),
}
UNPROVEN, FENCED = "what was timed is not the training: ", "its fence does not hold"


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> fairfit.Result:
    """One generation of two blocks."""
    folder = tmp_path_factory.mktemp("ports")
    spec = ports.SPEC.replace("[0.1, 0.1, 0.05]", "[1e-3, 1e-3, 5e-4]")  # so low that many epochs do not forget their start
    (folder / "ours.toml").write_text(spec, encoding="utf-8")
    adapter = ports.written(folder, SOURCES)
    return fairfit.run(
        folder / "ours.toml", frameworks="numpy", threads=1, blocks=2, budget=1, adapter=adapter, no_lock=True, out=folder / "run"
    )


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("right", "measured", ""),
        ("says_ready", "measured", ""),
        ("fenced", "measured", ""),
        ("returns_all", "unavailable", "train returns the weights of all epochs at once: it can be proven, not timed"),
        ("unfenced", "refused", FENCED),
        ("works_after_the_fence", "refused", FENCED),
        ("replays", "refused", UNPROVEN),
        ("drops_the_last_batch_later", "refused", UNPROVEN),
        ("trains_no_more_later", "refused", UNPROVEN),
    ],
)
def test_who_takes_the_time_of_less_work_is_refused_by_the_name_of_the_check(
    timed: fairfit.Result, name: str, status: str, reason: str
) -> None:
    cell = timed.cells.set_index("framework").loc[name]
    assert cell["status"] == status, cell["reason"]
    assert reason in cell["reason"]
    assert pd.notna(cell["epoch_seconds"]) == (status == "measured")


def test_what_is_done_before_all_is_ready_is_no_part_of_an_epoch(tmp_path: Path) -> None:
    slow = ports.FINE["says_ready"].replace("    yield\n    for", "    import time; time.sleep(1)\n    yield\n    for", 1)
    (tmp_path / "ours.toml").write_text(ports.SPEC, encoding="utf-8")
    result = fairfit.run(
        tmp_path / "ours.toml", frameworks="numpy", threads=1, blocks=1, budget=1, no_lock=True, out=tmp_path / "run",
        adapter=ports.written(tmp_path, {"slow": slow}),
    )  # fmt: skip
    samples = RunFolder(result.folder).samples()
    assert min(one.seconds * one.epochs for one in samples if "slow" in one.cell) < 1


# -- a run that goes on


@pytest.fixture
def proven(tmp_path: Path) -> Path:
    """The folder of a proof, with the port and a neighbour that it imports beside it."""
    source = ports.RIGHT.replace("import numpy as np", "import numpy as np\nfrom factor import ONE")
    ports.written(tmp_path, {"factor": "ONE = 1\n", "port": source.replace("yield weight", "yield ONE * weight")})
    (tmp_path / "ours.toml").write_text(ports.SPEC, encoding="utf-8")
    run = fairfit.prove(tmp_path / "ours.toml", frameworks="numpy", adapter=tmp_path / "port.py", out=tmp_path / "run")
    assert run.status == fairfit.Status.OK
    return tmp_path


def test_a_run_knows_its_files_again(proven: Path) -> None:
    record = RunFolder(proven / "run").read().own_code["port"]
    assert (record.framework, list(record.files)) == ("numpy", ["port.py", "factor.py"])
    assert all(digest in fairfit.read(proven / "run").report.read_text() for digest in record.files.values())
    assert fairfit.run(resume=proven / "run").status == fairfit.Status.OK


@pytest.mark.parametrize("name", ["port.py", "factor.py"])
def test_a_run_is_not_continued_with_a_file_that_has_changed(proven: Path, name: str) -> None:
    with (proven / name).open("a") as file:
        file.write("# changed\n")
    with pytest.raises(fairfit.UserError, match=rf"cannot continue this run.*{name} of port \("):
        fairfit.run(resume=proven / "run")


def test_a_run_is_not_continued_without_its_file(proven: Path) -> None:
    (proven / "port.py").unlink()
    with pytest.raises(fairfit.UserError, match=r"port.py: there is no such file"):
        fairfit.run(resume=proven / "run")


def test_its_report_needs_no_file(proven: Path) -> None:
    shutil.move(proven / "port.py", proven / "elsewhere.py")
    assert fairfit.report(proven / "run").cells["framework"].tolist() == ["numpy", "port"]
