"""Rows of the registry for loops written by hand: what every adapter must come close to, style by style.

Needs no framework: each row names the module that does, which only a worker imports.
"""

import dataclasses

from fairfit.frameworks import registry

STYLES = {  # framework → its styles that are written by hand, in softmax regression without momentum, penalty or new rates
    "mxnet": ("ndarray", "gluon", "hybrid", "symbol", "module"),
    "tensorflow": ("variable", "keras", "function", "xla", "fit"),
    "pytorch": ("tensor", "nn", "compile", "fullgraph"),
}


def name(framework: str) -> str:
    """What the hand-written loops of a framework are called in the registry."""
    return f"{framework}-by-hand"


def _row(framework: str, styles: tuple[str, ...]) -> registry.Entry:
    entry = registry.find(framework)
    return dataclasses.replace(
        entry,
        name=name(framework),
        adapter=f"{__package__}.by_hand_{framework}",
        styles={style: entry.styles[style] for style in styles},
    )


registry.FRAMEWORKS += tuple(_row(framework, styles) for framework, styles in STYLES.items())
