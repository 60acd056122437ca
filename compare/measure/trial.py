"""Styles of a framework tried in a worker: does each train? Needs the standard library, NumPy and the framework."""

import traceback
from pathlib import Path

import numpy as np

from fairfit.frameworks.base import INPUTS, Framework
from fairfit.measure import protocol
from fairfit.models import exercise
from fairfit.models.errors import first_line
from fairfit.models.text import Text


class Trial:
    """Trains one epoch of a small exercise, so that what a style compiles is compiled for real."""

    def __init__(self, framework: Framework, folder: Path) -> None:
        self.framework = framework
        self.exercise = exercise.open_mapped(folder)

    def answer(self, request: protocol.Message) -> protocol.Tried:
        if not isinstance(request, protocol.Try):
            raise ValueError(f"no request: {request}")
        try:
            return protocol.Tried(self.failing(request.style))
        except Exception as error:
            traceback.print_exc()
            return protocol.Tried(first_line(error))

    def failing(self, style: str) -> Text | str:
        """Why the style does not work; empty where it does."""
        spec, data = self.exercise.spec, self.exercise.data
        of_style = self.framework.entry.styles[style]
        input = next(input for input in INPUTS if of_style.why_not(input=input) is None)
        trainer = self.framework.trainer(spec, data, style=style, device="cpu", input=input).prepare()
        trainer.reset(self.exercise.start)
        trainer.train_epoch(self.exercise.orders[0], learning_rate=spec.training.learning_rates[0])
        trainer.synchronize()
        if not np.isfinite(trainer.parameters().flat()).all():
            return Text("what it trained is not finite", "训练结果不是有限数")
        return ""
