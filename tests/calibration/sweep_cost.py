"""What does a sweep cost beside its shapes alone? `python -m tests.calibration.sweep_cost` asks on this machine.

Five rates by five batch sizes on one spec in all frameworks, against the five batch sizes alone; the two take turns.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import fairfit

RATES, SIZES = "0.01,0.03,0.1,0.3,1", "16,32,64,128,256"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.sweep_cost", description=__doc__)
    parser.add_argument("--spec", default="digits", help="(default: %(default)s)")
    parser.add_argument("--frameworks", help="(default: all)")
    parser.add_argument("--times", type=int, default=1, help="each (default: %(default)s)")
    asked = parser.parse_args()
    took: dict[str, list[float]] = {"sweep": [], "shapes": []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(asked.times):
            for name in took if number % 2 == 0 else reversed(took):
                began, out = time.perf_counter(), Path(folder) / f"{name}{number}"
                if name == "sweep":
                    fairfit.sweep(asked.spec, learning_rate=RATES, batch_size=SIZES, frameworks=asked.frameworks, out=out)
                else:
                    fairfit.run(asked.spec, batch_sizes=SIZES, frameworks=asked.frameworks, quick=True, out=out)
                took[name].append(time.perf_counter() - began)
                print(f"{name}: {took[name][-1]:.0f} s", file=sys.stderr)
    sweep, shapes = (sum(took[name]) / asked.times for name in ("sweep", "shapes"))
    print(f"{asked.spec}: 25 settings {sweep:.0f} s, their 5 shapes alone {shapes:.0f} s: {sweep / shapes:.2f} times")
    return 0


if __name__ == "__main__":
    sys.exit(main())
