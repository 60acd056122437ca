"""Where the lines of a text end."""

import numpy as np

LF, CR, QUOTE = 10, 13, 34


def line_ends(content: np.ndarray, *, returns: bool = True) -> np.ndarray:
    """Of bytes: true at LF, and at a CR that has no LF behind it; `returns` says that a CR may be there."""
    ends = content == LF
    if returns:
        alone = content == CR
        alone[:-1] &= content[1:] != LF
        ends |= alone
    return ends


def lines_before(content: np.ndarray, place: int) -> int:
    """How many lines end before a byte."""
    return int(np.count_nonzero(line_ends(content[:place])))
