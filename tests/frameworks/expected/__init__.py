"""What is known of each framework, frozen so that a change of it is seen in a test and not in a report: one file each.

`FENCED` is a style whose work may outlast its call. Of the graphs, by model: what is DECLARED, the BACKWARD operators in their
order, how many GATHERS the step has of which operator, the UPDATE with which it ends, and what FLOWS_IN. Of the extensions:
what CANNOT_BE_ASKED, what DOES_NOT_WORK with the framework's own words, and a program in which the BUILT_IN_NESTEROV takes the
steps that ours does, from `start` and `curvature` to `last`. Of the article's DEFECTS: those that apply, each with whether it
is reproduced, and the recipe in which the SECOND_SOFTMAX shows. GRAPHS_OF is the version whose graphs these are, where another
one may be installed too.
"""

import importlib
from types import ModuleType


def known(name: str) -> ModuleType:
    """What is known of this framework."""
    return importlib.import_module(f"{__package__}.{name}")
