"""Does `bisect` find a slowdown that was planted? `python -m tests.calibration.bisecting` asks on this machine.

A package of five versions is made, NumPy's training under another name; from the fourth on an epoch takes 20 % longer. Each is
installed into an environment of its own, as any other package is.
"""

import argparse
import os
import sys
import tempfile
import zipfile
from pathlib import Path

import fairfit
from fairfit.commands.answer import Status
from fairfit.commands.bisect import answer, as_table
from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry, Style
from fairfit.models.text import Text
from fairfit.reporting.tabular import markdown

VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4")
SLOW_FROM, SLOWDOWN = "1.3", 0.2
ADAPTER = """
import time
from fairfit.frameworks.numpy import ArrayTrainer, NumPy

class SlowedTrainer(ArrayTrainer):
    def train_epoch(self, order, *, learning_rate):
        start = time.perf_counter()
        super().train_epoch(order, learning_rate=learning_rate)
        end = start + (time.perf_counter() - start) * (1 + {slowdown})
        while time.perf_counter() < end:
            pass

class Planted(NumPy):
    trainers = {{"loop": SlowedTrainer}}

FRAMEWORK = Planted
"""
ROW = Entry(
    "planted", "Planted", "planted_slowdown.adapter", "planted_slowdown", ("planted-slowdown",), "",
    {"loop": Style("arrays", Text("nothing: gradient by hand", "无：手写梯度"))},
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.bisecting", description=__doc__)
    parser.add_argument("--spec", default="article-softmax", help="(default: %(default)s)")
    asked = parser.parse_args()
    registry.FRAMEWORKS += (ROW,)
    with tempfile.TemporaryDirectory() as folder:
        for version in VERSIONS:
            wheel(Path(folder), version, SLOWDOWN if version >= SLOW_FROM else 0.0)
        os.environ |= {"UV_FIND_LINKS": folder, "PIP_FIND_LINKS": folder, "XDG_CACHE_HOME": f"{folder}/cache"}
        found = fairfit.bisect(asked.spec, framework="planted", style="loop", versions=VERSIONS, out=Path(folder) / "runs")
    print(markdown(as_table(found), "en"))
    print(answer(found))
    right = found.status == Status.NO and found.found is not None and found.found.label == SLOW_FROM
    return 0 if right else 1


def wheel(folder: Path, version: str, slowdown: float) -> None:
    """Write the package of one version."""
    info = f"planted_slowdown-{version}.dist-info"
    files = {
        "planted_slowdown/__init__.py": f'__version__ = "{version}"\n',
        "planted_slowdown/adapter.py": ADAPTER.format(slowdown=slowdown),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: planted-slowdown\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(folder / f"planted_slowdown-{version}-py3-none-any.whl", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


if __name__ == "__main__":
    sys.exit(main())
