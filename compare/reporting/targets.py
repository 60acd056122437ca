"""Targets of training: a loss a little above the least that there can be, and when it is reached."""

from collections.abc import Sequence

from fairfit.models.text import Text
from fairfit.reporting.optima import NEGLIGIBLE
from fairfit.reporting.tabular import figure_text

SHARES = (0.1, 0.05, 0.01, 0.001)
"""How far above the least loss a target is, as a share of it."""


def epochs_to(losses: Sequence[float], least: float, share: float) -> int | None:
    """After how many epochs the loss, penalty included, is within this share of the least; None where it never is.

    Where the least is next to nothing the share is of NEGLIGIBLE times the first loss."""
    if not losses:
        return None
    target = least + share * max(least, NEGLIGIBLE * losses[0])
    return next((epoch for epoch, loss in enumerate(losses, 1) if loss <= target), None)


def share_text(share: float) -> Text:
    """'1 % above the least loss'."""
    percent = figure_text(100 * share, 1)
    return Text(f"{percent} % above the least loss", f"比最小损失高 {percent} %")
