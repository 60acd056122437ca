"""A fifth framework is one file and one row: the example of the documentation passes the suite, proves, and its mistakes are found."""

import subprocess
import sys
from pathlib import Path

import pytest

from fairfit import testing
from fairfit.frameworks.entry import Entry, Style
from fairfit.models.text import Text

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
SOURCE = (EXAMPLES / "tiny.py").read_text(encoding="utf-8")
ROW = 'Entry("tiny", "Tiny", "tiny", "numpy", ("numpy",), "", {"loop": Style("layers", Text("nothing", "无"))})'

PLANTED = {  # a right line → a wrong one
    "/ len(targets)  # (batch, outputs)": "/ self.training.batch_size",
    "self.loader.order = order": "pass",
    'if self.input == "loader":\n            self.loader.order': 'if self.input == "lader":\n            self.loader.order',
    'if self.input == "loader":\n            self.loader = ': "if True:\n            self.loader = ",
    "+ self.training.l2 * self.weight  # the bias": "+ 2 * self.training.l2 * self.weight  # the bias",
    "self.weight.copy(), self.bias.copy())": "self.weight, self.bias)",
    "self.weight_velocity, self.bias_velocity = np.zeros_like(self.weight), np.zeros_like(self.bias)": (
        'self.weight_velocity = getattr(self, "weight_velocity", 0 * self.weight)\n'
        '        self.bias_velocity = getattr(self, "bias_velocity", 0 * self.bias)'
    ),
}


def row(adapter: str) -> Entry:
    entry: Entry = eval(ROW.replace('"Tiny", "tiny"', f'"Tiny", "{adapter}"'), {"Entry": Entry, "Style": Style, "Text": Text})
    return entry


def placed(folder: Path, name: str, source: str, monkeypatch: pytest.MonkeyPatch) -> Entry:
    (folder / f"{name}.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    return row(name)


def test_the_row_stands_in_the_example() -> None:
    assert ROW in SOURCE


def test_the_example_passes_the_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    testing.check(placed(tmp_path, "tiny", SOURCE, monkeypatch))


@pytest.mark.parametrize("right", PLANTED)
def test_a_planted_mistake_is_rejected(right: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SOURCE.count(right) == 1
    name = f"tiny_{list(PLANTED).index(right)}"
    with pytest.raises(AssertionError, match="tiny-"):
        testing.check(placed(tmp_path, name, SOURCE.replace(right, PLANTED[right]), monkeypatch))


def test_the_example_is_proven_beside_the_others(tmp_path: Path) -> None:
    """One file and one row, and nothing else of the code changes."""
    program = (
        "from fairfit.cli import main\nfrom fairfit.frameworks import registry\n"
        "from fairfit.frameworks.entry import Entry, Style\nfrom fairfit.models.text import Text\n"
        "others = tuple(entry for entry in registry.FRAMEWORKS if entry.name != 'tiny')\n"
        f"registry.FRAMEWORKS = (*others, {ROW})\n"
        "raise SystemExit(main(['prove', 'digits', '--frameworks', 'tiny,numpy', '--out', 'run']))"
    )
    environment = {"PYTHONPATH": str(EXAMPLES), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("proven") >= 3  # resident, loader, the baseline
