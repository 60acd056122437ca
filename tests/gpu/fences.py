"""Does the fence of every style hold on a device? And is it found out where it is taken away?

`python -m tests.gpu.fences --device gpu:0` prints a line for each style and exits with 1 where a fence does not hold. Where the
work is done before the call returns, as on a CPU mostly, a missing fence cannot be seen: the last column says so.
"""

import argparse
import sys

from fairfit.frameworks import registry
from fairfit.frameworks.base import Trainer
from fairfit.measure import clock
from fairfit.models import data as datasets
from fairfit.models import order, parameters
from fairfit.models.errors import Unavailable
from fairfit.models.sources.synthetic_classes import SyntheticClasses
from fairfit.models.spec import Spec, Training

TRIES = 3
LARGE = Spec(  # few large batches: each takes a device far longer than Python takes to ask for it
    "large", "softmax", "synthetic-classes", SyntheticClasses(features=2000, classes=10, rows=16_000),
    Training(learning_rate=0.01, batch_size=4000, epochs=1),
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.gpu.fences", description=__doc__)
    parser.add_argument("--device", default="gpu:0", help="(default: %(default)s)")
    parser.add_argument("--framework", required=True, choices=registry.names(), help="one: two of them do not share a process")
    asked = parser.parse_args()
    entry = registry.find(asked.framework)
    data = datasets.load(LARGE)
    start, rows = parameters.start(LARGE, data.inputs, data.outputs), order.orders(LARGE, data.rows)[0]
    try:
        framework = registry.load(entry)
    except Unavailable as reason:
        print(f"{entry.name}: {reason}")
        return 0
    broken = 0
    for style in entry.styles:
        try:
            trainer = framework.trainer(LARGE, data, style=style, device=asked.device, input="resident").prepare()
        except Unavailable as reason:
            print(f"{entry.name} {style}: {reason}")
            continue
        trainer.reset(start)
        trainer.train_epoch(rows, learning_rate=0.01)  # traces and compiles what it needs to
        trainer.parameters()
        with_fence = best(trainer, rows)
        trainer.synchronize = lambda: None  # type: ignore[method-assign]
        without = best(trainer, rows)
        broken += not with_fence.holds
        print(
            f"{entry.name} {style} on {asked.device}: fence {'holds' if with_fence.holds else 'DOES NOT HOLD'} "
            f"({1e3 * with_fence.fenced:.2f} ms, {1e3 * with_fence.left_over:.2f} ms left over); taken away it is "
            f"{'not missed: the work was done before' if without.holds else 'missed'} ({1e3 * without.left_over:.2f} ms left over)"
        )
    return 1 if broken else 0


def best(trainer: Trainer, rows: object) -> clock.SelfTest:
    """The first test that holds, else the last, as a worker does it."""
    for _ in range(TRIES):
        test = clock.self_test(
            lambda: trainer.train_epoch(rows, learning_rate=0.01),  # type: ignore[arg-type]
            trainer.synchronize,
            trainer.parameters,
        )
        if test.holds:
            break
    return test


if __name__ == "__main__":
    sys.exit(main())
