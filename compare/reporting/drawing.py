"""How figures are drawn: the same for everybody, whatever their matplotlib is set to, with the texts of both languages."""

import contextlib
import io
import math
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from markupsafe import Markup

from fairfit.models.errors import UserError, first_line
from fairfit.models.text import LANGUAGES, Text

try:
    import matplotlib
except ValueError:  # an MPLBACKEND that matplotlib does not know: nothing here needs one; or a matplotlibrc that is no text
    asked = {name: os.environ.pop(name) for name in ("MPLBACKEND",) if name in os.environ}
    for module in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        del sys.modules[module]  # half imported
    try:
        import matplotlib
    except ValueError as error:
        said = first_line(error)
        raise UserError(
            Text(f"matplotlib cannot read your matplotlibrc: {said}", f"matplotlib 无法读取您的 matplotlibrc：{said}")
        ) from error
    finally:
        os.environ.update(asked)
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter
from PIL import Image  # comes with matplotlib

STYLE: dict[str, Any] = {
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib
    "svg.fonttype": "none",  # text stays text: it can be searched, and the file stays small
    "svg.hashsalt": "fairfit",  # the same run gives the same file
    "text.parse_math": False,  # a $ in a name is a $
    "path.simplify": True,
    "axes.edgecolor": "#888888",
    "axes.linewidth": 0.8,
}
GRID, SOFT = "#dddddd", "#444444"
COLOURS = 128  # of a PNG


@contextlib.contextmanager
def style() -> Iterator[None]:
    """What is drawn and saved within has our style and nothing of the user's."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)  # type: ignore[arg-type]
        yield


@dataclass(frozen=True)
class Canvas:
    """A figure and the Chinese of each English text in it. Sizes are in inches: nothing is laid out by trial."""

    figure: Figure
    chinese: dict[str, str] = field(default_factory=dict)

    def say(self, text: Text | str) -> str:
        """The English, to be drawn; the Chinese takes its place in that language."""
        if isinstance(text, Text) and text.en != text.zh:
            self.chinese[text.en] = text.zh
        return str(text)


def canvas(
    width: float, height: float, *, left: float = 0.7, right: float = 0.2, top: float = 0.4, bottom: float = 0.55
) -> Canvas:
    """A figure of so many inches with margins around what is drawn."""
    figure = Figure(figsize=(width, height))
    FigureCanvasSVG(figure)
    figure.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - top / height)
    return Canvas(figure)


def plain_axes(axes: Axes) -> None:
    """A light grid, and no frame but at the left and below."""
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def number_axis(axis: Axis, *, unit: str = "", factor: float = 1.0) -> None:
    """Numbers as the tables have them (1,000 and 0.01), times the factor and with its unit; the ticks between have none."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{factor * value:,g}{unit}"))
    axis.set_minor_formatter(NullFormatter())


def text_width(text: str, size: float) -> float:
    """About how wide a text is, in inches; added exactly, as Python 3.12 adds floats otherwise than 3.11."""
    return math.fsum(1.0 if ord(character) > 0x2E80 else 0.62 for character in text) * size / 72


@dataclass(frozen=True)
class Picture:
    """A figure that was written: its key, what it shows, its file, and the drawing with the texts of both languages."""

    key: str
    caption: Text
    path: Path
    inline: Markup


def save(drawn: Canvas, folder: Path, name: str, key: str, caption: Text, language: str, *, pixels: bool = True) -> Picture:
    """Write the figure as SVG in one language, and as PNG in English unless `pixels` is off."""
    path = folder / f"{name}.svg"
    drawn.figure.savefig(path, metadata={"Date": None})
    if pixels:
        _write_png(drawn.figure, path.with_suffix(".png"))
    svg = path.read_text(encoding="utf-8")
    path.write_text(_translated(svg, drawn.chinese, (language,)), encoding="utf-8")
    return Picture(key, caption, path, Markup(_inline(_translated(svg, drawn.chinese, tuple(LANGUAGES)), name)))


def _write_png(figure: Figure, path: Path) -> None:
    """With a palette: a drawing of few colours takes a third of the bytes then."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


TEXT = re.compile(r"<text ([^>]*)>([^<]*)</text>")


def _translated(svg: str, chinese: Mapping[str, str], languages: tuple[str, ...]) -> str:
    """Each text that has Chinese once in each language; marked with it where there are several."""
    escaped = {escape(en): escape(zh) for en, zh in chinese.items()}

    def replaced(match: re.Match[str]) -> str:
        attributes, en = match.groups()
        if en not in escaped:
            return match[0]
        texts = {"en": en, "zh": escaped[en]}
        mark = (lambda language: f'lang="{language}" ') if len(languages) > 1 else lambda _: ""
        return "".join(f"<text {mark(language)}{attributes}>{texts[language]}</text>" for language in languages)

    return TEXT.sub(replaced, svg)


def _inline(svg: str, name: str) -> str:
    """The SVG element alone, with ids of its own, for a page that holds several."""
    svg = svg[svg.index("<svg") :]
    prefix = re.sub(r"\W", "-", name)
    svg = re.sub(r'id="([^"]+)"', rf'id="{prefix}-\1"', svg)
    return re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}-", svg)
