"""Training by several processes: every engine ends where one process ends, in order."""

import json
import sys

import numpy as np
import pytest

from fairfit.frameworks.distributed import processes, two_workers
from fairfit.frameworks.distributed.findings import Findings
from fairfit.frameworks.distributed.processes import Program
from fairfit.models import data
from fairfit.models.text import Text
from tests.frameworks.inspected import inspected, looked_into, mark_of
from tests.frameworks.made_up_workers import SLEEP, program, running, writing
from tests.required import require

ENGINE = Text("made up", "虚构")

# -- the engines ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=looked_into("distributed"))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def found(name: str) -> Findings:
    findings: Findings = inspected("distributed", name)
    return findings


def test_two_workers_end_where_one_process_ends(found: Findings) -> None:
    assert found.reason == ""
    assert found.works
    assert found.largest_distance is not None
    assert found.largest_distance < 1e-5  # seen are 7e-8; see TOLERANCE for what would be wrong


def test_the_workers_have_the_same_weights(found: Findings) -> None:
    assert found.workers_agree


def test_steps_are_timed(found: Findings) -> None:
    assert found.step_milliseconds is not None and found.step_milliseconds > 0


@pytest.mark.usefixtures("found")
def test_no_process_of_an_engine_is_left(name: str) -> None:
    assert running(mark_of("distributed", name)) == []


# -- the end of a rank ---------------------------------------------------------------------------------------------------

# a thread of gloo that still runs while the interpreter ends aborts the process, now and then
THREADS_AT_THE_END = """
import json, os, sys
from pathlib import Path
from torch import distributed
from fairfit.frameworks.distributed import pytorch

result, held, barrier = Path(sys.argv[1]), [], distributed.barrier
if {hold}:
    distributed.barrier = lambda: (held.append(distributed.group.WORLD), barrier())
pytorch.train(result)
json.loads(result.read_text())  # it was written
names = [Path("/proc/self/task", task, "comm").read_text().strip() for task in os.listdir("/proc/self/task")]
result.write_text(json.dumps([name for name in names if "gloo" in name or "tcpstore" in name]))
if {hold}:
    os._exit(0)  # past the end of the interpreter, at which these threads may abort the process
"""


def threads_at_the_end(*, hold: bool) -> list[str]:
    """The threads of gloo that two ranks have left after their training; they may `hold` on to the process group."""
    require("pytorch")
    if sys.platform != "linux":
        pytest.skip("the names of threads are read from /proc")
    cluster = {
        "MASTER_ADDR": processes.HOST,
        "MASTER_PORT": str(processes.free_ports(1)[0]),
        "GLOO_SOCKET_IFNAME": "lo",
        "WORLD_SIZE": "2",
    }
    ranks = [program(THREADS_AT_THE_END.format(hold=hold), **cluster, RANK=str(rank)) for rank in range(2)]
    return [name for written in processes.run(ranks, seconds=two_workers.SECONDS) for name in json.loads(written)]


def test_no_thread_of_gloo_runs_into_the_end_of_the_interpreter() -> None:
    assert threads_at_the_end(hold=False) == []


def test_threads_of_gloo_live_as_long_as_anything_holds_the_process_group() -> None:
    assert threads_at_the_end(hold=True)


# -- what a training came to ---------------------------------------------------------------------------------------------


def ending_with(parameters: np.ndarray) -> Program:
    written = json.dumps({"parameters": parameters.tolist(), "step_seconds": [0.001] * two_workers.STEPS})
    return writing(repr(written))


def test_workers_that_end_at_the_reference_work() -> None:
    expected = two_workers.by_one_process()
    assert two_workers.train_together(ENGINE, [ending_with(expected)] * 2, [program(SLEEP)]) == Findings(
        works=True,
        reason="",
        engine=ENGINE,
        workers=2,
        steps=100,
        largest_distance=0.0,
        workers_agree=True,
        step_milliseconds=1.0,
        processes=3,
    )


def test_the_worst_of_the_workers_counts() -> None:
    expected = two_workers.by_one_process()
    found = two_workers.train_together(ENGINE, [ending_with(expected), ending_with(expected + np.array([0, 0, 0.01]))])
    assert not found.works
    assert "from those of one process" in str(found.reason)
    assert found.largest_distance == pytest.approx(0.01 / np.linalg.norm(expected))


def test_workers_that_differ_by_one_rounding_do_not_agree() -> None:
    expected = two_workers.by_one_process()
    found = two_workers.train_together(ENGINE, [ending_with(expected), ending_with(np.nextafter(expected, 9))])
    assert found.works and found.workers_agree is False


def test_a_worker_that_shares_nothing_does_not_work() -> None:
    alone = (
        "import pathlib, sys, numpy as np\n"
        "from fairfit.frameworks.distributed import two_workers\n"
        "from fairfit.models import reference\n"
        "from fairfit.models.parameters import Parameters\n"
        "features, targets = two_workers.share(int(sys.argv[1]))\n"
        "ends = Parameters(np.zeros((1, 2)), np.zeros(1))\n"
        "def step():\n"
        "    global ends\n"
        "    slope = reference.gradient('linear', ends, features, targets, 0.0)\n"
        "    ends = Parameters(ends.weight - 0.1 * slope.weight, ends.bias - 0.1 * slope.bias)\n"
        "seconds = two_workers.take_steps(step, fence=lambda: None)\n"
        "two_workers.write(pathlib.Path(sys.argv[2]), ends, seconds)\n"
    )
    found = two_workers.train_together(ENGINE, [Program(("-c", alone, str(rank))) for rank in range(2)])
    assert not found.works and not found.workers_agree
    assert found.largest_distance is not None and found.largest_distance > two_workers.TOLERANCE


def test_weights_that_are_no_numbers_do_not_work() -> None:
    found = two_workers.train_together(ENGINE, [ending_with(np.full(3, np.nan))] * 2)
    assert not found.works and found.largest_distance is None


def test_a_worker_that_dies_does_not_work(capfd: pytest.CaptureFixture[str]) -> None:
    found = two_workers.train_together(ENGINE, [program("raise ValueError('no more')"), program(SLEEP)])
    assert not found.works
    assert found.reason == "ValueError: no more"
    assert found.largest_distance is found.workers_agree is found.step_milliseconds is None
    assert "Traceback" in capfd.readouterr().err


def test_the_shares_of_the_workers_are_all_rows() -> None:
    features, targets = zip(*(two_workers.share(rank) for rank in range(two_workers.WORKERS)), strict=True)
    whole = data.load(two_workers.SPEC)
    assert np.array_equal(np.concatenate(features), whole.train_features)
    assert np.array_equal(np.concatenate(targets), whole.train_targets)
