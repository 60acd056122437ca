"""Where the lines of a text end."""

import numpy as np

LF, CR, QUOTE = 10, 13, 34


def line_ends(content: np.ndarray) -> np.ndarray:
    """Of bytes: true at LF, and at a CR that has no LF behind it."""
    ends = content == LF
    returns = content == CR
    if returns.any():
        returns[:-1] &= content[1:] != LF
        ends |= returns
    return ends


def lines_before(content: np.ndarray, place: int) -> int:
    """How many lines end before a byte."""
    return int(np.count_nonzero(line_ends(content[:place])))
