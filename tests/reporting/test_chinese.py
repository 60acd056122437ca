"""The Chinese report: all that is ours speaks Chinese, in tables, figures, tooltips and conditions; the numbers are the same."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from fairfit.reporting import write
from tests.reporting import made_up

NAMES = [
    "MXNet",
    "TensorFlow",
    "PyTorch",
    "NumPy",
    "Keras",
    "Gluon",
    "NDArray",
    "Symbol",
    "mxnet",
    "tensorflow",
    "pytorch",
    "numpy",
    "keras",
    "gluon",
    "ndarray",
    "symbol",
    "variable",
    "xla",
    "tensor",
    "nn",
    "fullgraph",
    "layers",
    "arrays",
    "graph",
    "linear",
    "softmax",
    "digits",
    "fashion",
    "mnist",
    "tiny",
    "resident",
    "loader",
    "fairfit",
    "Python",
    "CPU",
    "GPU",
    "CPUs",
    "OpenMP",
    "oneDNN",
    "Huber",
    "SGD",
    "SVG",
    "Apache",
    "Linux",
    "cpu",
    "gpu",
    "float",
    "synthetic",
    "ms",
    "MB",
    "GiB",
    "TF",
    "Dense",
    "activation",
    "ValueError",
    "AttributeError",
    "RuntimeError",
    "TypeError",
    "ImportError",
]
OF_THE_RUN = [
    "a",
    "CPU",
    "a-run",
    "Invalid",
    "Input",
    "its",
    "own",
    "error",
    "numpy.bool",
    "no",
    "server",
    "no",
    "module",
    "too",
    "many",
    "values",
    "DeprecationWarning",
    "old",
    "it",
    "is",
    "odd",
    "import",
    "it",
    "manylinux",
    "x86",
    "OMP",
    "NUM",
    "THREADS",
    "L2Loss",
    "Dense",
    "net",
    "loss",
    "predicted",
    "step",
    "len",
    "weight",
    "bias",
    "run",
    "nn.Dense",
    "a.py",
    "bool",
    "Loss",
    "py",
]
CODE = re.compile(r"```.*?```|`[^`]*`|\([^()]*\.(?:svg|png)\)", re.DOTALL)
WORD = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = made_up.rich(tmp_path_factory.mktemp("run") / "rich")
    out = tmp_path_factory.mktemp("out")
    write.write([run], out, "zh")
    return out


def english(text: str) -> set[str]:
    """The words of a text that are no names, nothing that a framework said, and no code."""
    return {word for word in WORD.findall(text) if word not in {*NAMES, *OF_THE_RUN}}


def test_report_and_tables_hold_no_english_of_ours(chinese: Path) -> None:
    text = CODE.sub("", (chinese / "report.md").read_text(encoding="utf-8"))
    assert english(text) == set()
    for table in (chinese / "tables").glob("*.csv"):
        assert english(table.read_text(encoding="utf-8")) == set(), table.name


def test_figures_hold_no_english_of_ours(chinese: Path) -> None:
    drawings = list((chinese / "figures").glob("*.svg"))
    assert drawings
    for drawing in drawings:
        texts = re.findall(r"<text [^>]*>([^<]*)</text>", drawing.read_text(encoding="utf-8"))
        assert texts and english(" ".join(texts)) == set(), drawing.name


class Shown(HTMLParser):
    """The texts and attributes that a reader of the Chinese page meets."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.texts += [str(given[name]) for name in ("title", "aria-label", "alt", "placeholder") if name in given]
        hidden = tag in ("style", "script", "code", "pre", "head", "metadata") or (tag != "html" and given.get("lang") == "en")
        if tag not in ("meta", "input", "br", "link"):
            self.open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(hidden for _, hidden in self.open):
            self.texts.append(data)


def shown(page: Path) -> Iterator[str]:
    reader = Shown()
    reader.feed(page.read_text(encoding="utf-8"))
    return (text.strip() for text in reader.texts if text.strip())


def test_the_page_shows_no_english_of_ours(chinese: Path) -> None:
    strange = {text: english(text) for text in shown(chinese / "report.html") if english(text)}
    assert strange == {}


def test_conditions_are_words_and_round_numbers(chinese: Path) -> None:
    text = (chinese / "report.md").read_text(encoding="utf-8")
    assert "| 内存 | 24 GiB |" in text
    assert "| 调频策略 | 本机未提供 |" in text
    assert "None" not in text and "25276502016" not in text
