"""What harness and worker say to each other: every kind survives the line, and nothing else is taken for one."""

import json
import math
import typing

import pytest

from fairfit.frameworks import registry
from fairfit.measure import protocol
from fairfit.measure.protocol import (
    CellJob,
    Confine,
    Done,
    Failed,
    Finish,
    Finished,
    Floored,
    FloorJob,
    Found,
    Going,
    Imported,
    ImportJob,
    Message,
    Ported,
    PortJob,
    Prove,
    Proven,
    Ready,
    Refused,
    Solution,
    Solved,
    SolveJob,
    Take,
    Taken,
    TestClock,
    Tested,
    TopicJob,
    Tried,
    Try,
    Unavailable,
    from_line,
    to_line,
)  # fmt: skip
from fairfit.models.predictions import Judged
from fairfit.models.text import Text
from fairfit.plain import Misfit
from fairfit.records import ClockTest

MXNET = registry.find("mxnet")  # its row has roundings and impossible inputs
MESSAGES: tuple[Message, ...] = (
    CellJob(MXNET, "gluon", "cpu", "loader", "/somewhere", [0, 1]), TopicJob(MXNET, "a.module", {"digits": "/there"}, [0]),
    ImportJob(MXNET, "/exercise", [1]), FloorJob("/there", [0]), Floored(0.1, ["OpenBLAS 0.3.23 Haswell"]), Try("gluon"),
    PortJob(MXNET, "gluon", "/there/carried.npz", "/here/model.params", "", [0]),
    Ported("1.9.1", "/site/mxnet/__init__.py", [Judged("zeros", 3, 0.0, 7.7e-6, 0)]),
    SolveJob("/there", "/here", [0]), Solved([Solution("NumPy", "lstsq", [0.1], True, Text("no", "无"))]),
    Tried(Text("no", "无")), Prove(3, "/there/proof.npz"), TestClock(1), Take(5, 1, 2, "/there/sample.npz"), Confine([2]), Finish(),
    Ready("1.0", {"devices": ["cpu"], "threads": 1, "tf32": None}, {"import": 0.5}, 1e-6), Found({"works": True, "loss": 0.5}),
    Imported("1.0", ["cpu", "gpu:0"]), Going(), Proven([0.1, 0.2]), Tested(ClockTest(0.1, 0.2, 0.0, True)), Taken(0.1, 0.2, 0.0), Done(),
    Finished(10**8, {"sample": 1.5}, 2.5), Unavailable("device", Text("no GPU", "没有 GPU")), Refused(Text("its clock", "其时钟")), Failed("ValueError: no\n\"line\""),
)  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_survives_its_line(message: Message) -> None:
    line = to_line(message)
    assert line.count("\n") == 1 and line.endswith("\n")
    assert from_line(line) == message
    assert from_line(line.encode()) == message


def test_every_kind_is_known_and_tested() -> None:
    kinds = set(typing.get_args(protocol.Message))
    assert kinds == set(protocol.KINDS.values()) == {type(message) for message in MESSAGES}


def test_a_message_names_its_kind() -> None:
    assert json.loads(to_line(Prove(3, "there"))) == {"kind": "Prove", "is": {"epochs": 3, "to": "there"}}


def test_a_number_that_is_not_finite_survives() -> None:
    taken = from_line(to_line(Taken(math.nan, 0.5, 0.0)))
    assert isinstance(taken, Taken) and math.isnan(taken.seconds)


@pytest.mark.parametrize(
    "line",
    [
        "", "noise", "null", "[]", '{"kind": "Take"}', '{"kind": "Nothing", "is": {}}', '{"kind": ["Take"], "is": {}}',
        '{"kind": "Take", "is": {}}', '{"kind": "Take", "is": {"epochs": "5"}}', '{"kind": "Take", "is": {"epochs": 5, "more": 1}}',
        '{"kind": "Take", "is": {"epochs": 5}', b"\xff\xfe",
    ],
)  # fmt: skip
def test_what_is_no_message_is_a_misfit(line: str | bytes) -> None:
    with pytest.raises(Misfit):
        from_line(line)
