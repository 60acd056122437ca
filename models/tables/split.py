"""Which rows of a table are for testing: a seeded sample, never simply the last rows of a table that may be sorted."""

import numpy as np

from fairfit.models.errors import DataError
from fairfit.models.tables.refusal import refusal
from fairfit.models.tables.request import Request

LEAST = 2  # rows of each part: one alone has no spread


def tested(request: Request, rows: int) -> np.ndarray:
    """A boolean for each row: whether it is for testing. Training rows are the first round((1 − test_share) · rows) of a
    permutation of all by NumPy's default generator; in both parts rows stay in the order of the file.

    Raises DataError where a part would have fewer than LEAST rows.
    """
    train = round((1 - request.test_share) * rows)
    if min(train, rows - train) < LEAST:
        raise too_few(request, rows)
    found = np.ones(rows, dtype=bool)
    found[np.random.default_rng(request.seed).permutation(rows)[:train]] = False
    return found


def too_few(request: Request, rows: int) -> DataError:
    """The error for a table that cannot be split."""
    share = f"{request.test_share:g}"
    return refusal(
        request.path,
        f"has {rows} record{'s' * (rows != 1)} (rows): too few to split into training and test rows (test_share = {share}); at least "
        f"{LEAST} of each are needed",
        f"只有 {rows} 条记录（行）：不足以分成训练与测试两部分（test_share = {share}）；每部分至少需要 {LEAST} 条",
    )
