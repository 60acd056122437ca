"""`fairfit port` and `fairfit.port`: carry a model file to another framework, and prove that nothing was lost on the way."""

import argparse
import datetime
import importlib.metadata
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from fairfit import carrying, certificates
from fairfit.arguments import checked
from fairfit.certificates import Asked, Certificate, Predicted, Source
from fairfit.commands import measuring, selection, table, values
from fairfit.commands.answer import Answer, Status
from fairfit.commands.measuring import Voice
from fairfit.commands.selection import TIME_LIMIT, AnySpec
from fairfit.commands.values import given
from fairfit.frameworks import registry
from fairfit.frameworks.files import reading
from fairfit.frameworks.files.layer import Layer
from fairfit.frameworks.ports import forms
from fairfit.measure import environment, scratch
from fairfit.models import hard_rows
from fairfit.models.errors import UserError
from fairfit.models.predictions import Judged
from fairfit.models.spec import to_json
from fairfit.models.text import Text, in_language
from fairfit.output import readable
from fairfit.plain import to_plain
from fairfit.reporting import certificate_page, terminal

EXAMPLES = (
    "  fairfit port model-0000.params --to pytorch\n"
    "  fairfit port model.keras --to mxnet --out moved.params\n"
    "  fairfit port model.pt --to tensorflow --on digits                     prove it on the rows of a spec, too\n"
    "  fairfit port net.params --to pytorch --data houses.csv --target price  or on those of your own table\n"
    "  fairfit port checkpoint.pt --to tensorflow --rate 0.01                with its velocity\n"
    "  fairfit port net.params --to pytorch --certificate net.json           and let others prove it again: fairfit verify"
)
LAYOUTS = {"outputs-first": True, "inputs-first": False}


@dataclass(frozen=True)
class Ported:
    """What a port came to: the files written, the layer that was read, what became of an optimizer's state, how predictions stand
    (the port's first), and the certificate, where one was asked for."""

    files: list[Path]
    layer: Layer
    state: Text
    predictions: list[Predicted]
    certificate: Path | None

    @property
    def status(self) -> Status:
        """OK where all predictions hold; NO where one does not."""
        return Status.OK if all(judged.holds for one in self.predictions for judged in one.judged) else Status.NO


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="MODEL", help="a file or folder with one dense layer, of any of the frameworks")
    add = parser.add_argument
    add("--to", required=True, metavar="FRAMEWORK", help=", ".join(dict.fromkeys(row.framework for row in forms.ROWS)))
    formats = "; ".join(
        f"{name}: {', '.join(row.name for row in forms.of(name))}" for name in dict.fromkeys(row.framework for row in forms.ROWS)
    )
    add("--format", metavar="NAME", help=f"{formats} (default: the first, or the first that keeps an optimizer's state)")
    add("--out", type=checked(values.path), metavar="PATH", help="(default: MODEL-FRAMEWORK, here)")
    add("--layer", metavar="NAME", help="which layer, where the file holds several")
    add("--layout", choices=LAYOUTS, help="how the weight lies in the file, where the file does not say")
    add(
        "--states", type=checked(values.path), metavar="FILE", help="MXNet's .states beside its .params: the optimizer's velocity"
    )
    add(
        "--rate",
        type=checked(values.rate),
        metavar="R",
        help="learning rate of the next step, for a velocity (default: the last one)",
    )
    add("--certificate", type=checked(values.path), metavar="FILE", help="write down what was proven, for `fairfit verify`")
    add("--on", metavar="SPEC", help="predict the rows of this spec, too: a built-in name or a .toml file")
    table.add_arguments(parser, file=True)
    add("--data-dir", type=checked(values.path), metavar="DIR", help="where data files lie")
    add("--time-limit", type=checked(values.duration), metavar="TIME", help="longest step of one worker (default: 10m)")


def command(options: argparse.Namespace) -> Answer:
    ported = port(
        options.file, options.to, format=options.format, out=options.out, layer=options.layer, states=options.states, layout=options.layout, rate=options.rate, on=options.on,
        certificate=options.certificate, data_dir=options.data_dir, time_limit=options.time_limit,
        voice=measuring.of_command_line(options), **table.keywords(options),
    )  # fmt: skip

    def show() -> None:
        if options.json:
            print(json.dumps(as_plain(ported), indent=1, ensure_ascii=False, allow_nan=False))
        else:
            _show(ported, options.language)

    return Answer(ported.status, show)


def port(
    file: str | os.PathLike[str],
    to: str,
    *,
    format: str | None = None,
    out: str | os.PathLike[str] | None = None,
    layer: str | None = None,
    states: str | os.PathLike[str] | None = None,
    layout: str | None = None,
    rate: float | None = None,
    certificate: str | os.PathLike[str] | None = None,
    on: AnySpec | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    time_limit: str | float | None = None,
    voice: Voice | None = None,
    **of_table: Unpack[table.Options],
) -> Ported:
    """Read one dense layer from a model file, write it for another framework, read it again, and compare.

    The weights of the port are the same bits, or nothing is written. Its predictions, those of the framework that the file is
    from (where it is installed) and NumPy's are held against float64, on hard rows and on those of `on`, a spec, or of a table.
    Words and defaults are those of `fairfit port --help`. Raises UserError where the file cannot be read as one layer, or the
    port not be written.

    >>> import fairfit, numpy
    >>> folder.mkdir()
    >>> numpy.savez(folder / "model.npz", weight=numpy.ones((1, 4)), bias=numpy.zeros(1))
    >>> fairfit.port(folder / "model.npz", "numpy", format="safetensors", out=folder / "moved").status.name
    'OK'
    """
    voice = voice or Voice(command=f"fairfit.port({values.shown(str(file))}, {to!r})")
    path, signed = given("file", values.path, file, Path()), given("certificate", values.path, certificate, None)
    if signed is not None:
        for there in (signed, signed.with_suffix(".html")):
            carrying.refuse_what_is_there(there, "--certificate")
    target = forms.find(to, format)
    if (missing := target.missing()) is not None:
        raise UserError(missing)
    wanted = table.Asked(**of_table).specs([on] if on is not None else [], voice)
    if layout not in (None, *LAYOUTS):
        raise UserError(registry.unknown(Text("layout", "布局"), str(layout), LAYOUTS))
    outputs_first = LAYOUTS.get(layout or "")
    read = reading.read(path, layer=layer, outputs_first=outputs_first, states=given("states", values.path, states, None))
    if format is None and read.state is not None:
        target = next((row for row in forms.of(to) if row.holds_state), target)
    carried, state = carrying.of(read, target, given("rate", values.rate, rate, None))
    place = carrying.place(given("out", values.path, out, None), path, target)
    others = [name for name in dict.fromkeys((read.framework, "numpy")) if name not in ("", to) and carrying.is_here(name)]
    with voice.open() as progress, scratch.temporary() as folder:
        rows = None
        if wanted:
            spec = selection.found(wanted[0])
            rows = carrying.rows_of(spec, carried.parameters, folder / "rows", given("data_dir", values.path, data_dir, None))
        limit = given("time_limit", values.duration, time_limit, TIME_LIMIT)
        proof = carrying.prove(carried, target, place.name, others, rows, folder, limit, progress)
        for other in proof.others:
            if other.failure is not None:
                progress.note(Text(f"{other.port.entry.title}: ", f"{other.port.entry.title}：") + other.failure.reason)
        files = carrying.moved(proof.target.to, place)
        ported = Ported(files, read, state, proof.predictions, signed)
        if signed is not None:
            claim = _claim(ported, path, rows, voice, asked=layer or "", outputs_first=outputs_first)
            subjects = certificates.write(claim, [path, *files], signed)
            page = certificate_page.page(claim, subjects, signed.name)
            signed.with_suffix(".html").write_text(page, encoding="utf-8")
    return ported


def _claim(
    ported: Ported, path: Path, rows: carrying.Laid | None, voice: Voice, *, asked: str, outputs_first: bool | None
) -> Certificate:
    assert ported.certificate is not None
    folder, read, machine = ported.certificate.parent, ported.layer, environment.of_machine()
    outputs, inputs = read.weight.shape
    return Certificate(
        fairfit=importlib.metadata.version("fairfit"),
        created=f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        command=readable(voice.command),
        cpu=machine.cpu,
        python=machine.python,
        source=Source(certificates.name(path, folder), read.format, read.name, outputs, inputs, read.dtype, list(read.notes), asked, outputs_first),
        port=[certificates.name(file, folder) for file in ported.files],
        weights=certificates.digest(read.weight, read.bias),
        state=ported.state,
        predictions=ported.predictions,
        rows=None if rows is None else Asked(to_json(rows.spec), rows.sha256),
    )  # fmt: skip


def as_plain(ported: Ported) -> dict[str, Any]:
    """For other programs. Its keys stay."""
    return {
        "files": [str(file) for file in ported.files],
        "layer": {
            "name": ported.layer.name, "format": ported.layer.format, "shape": list(ported.layer.weight.shape),
            "dtype": ported.layer.dtype, "notes": [str(note) for note in ported.layer.notes],
        },
        "weights": {"equal": True, "sha256": certificates.digest(ported.layer.weight, ported.layer.bias)},
        "state": str(ported.state),
        "predictions": to_plain(ported.predictions),
        "certificate": str(ported.certificate) if ported.certificate is not None else None,
    }  # fmt: skip


# -- printing


def _show(ported: Ported, language: str) -> None:
    def say(text: Text | str) -> None:
        print(in_language(text, language))

    layer = ported.layer
    outputs, inputs = layer.weight.shape
    say(
        Text(
            f"read: {layer.format}, layer {layer.name}: {inputs:,} inputs, {outputs:,} outputs, {layer.dtype}",
            f"读取：{layer.format}，层 {layer.name}：{inputs:,} 个输入，{outputs:,} 个输出，{layer.dtype}",
        )
    )
    for note in layer.notes:
        say(Text("note: ", "注意：") + note)
    say(ported.state)
    predictions_table(ported.predictions, language)
    files = ", ".join(str(file) for file in ported.files)
    say(Text(f"weights: the same bits as in the file; written: {files}", f"权重：与文件中逐位相同；已写入：{files}"))
    if ported.certificate is not None:
        say(Text(f"certificate: {ported.certificate}", f"证书：{ported.certificate}"))


def predictions_table(predictions: Sequence[Predicted], language: str) -> None:
    """One row for each set of rows, one column for each framework."""
    first = predictions[0].judged
    terminal.plain(
        Text(
            "Predictions against float64: the largest difference, as a share of Σ|x|·|w| + |b|",
            "预测与 float64 的最大差异，占 Σ|x|·|w| + |b| 的比例",
        ),
        [
            Text("rows", "行"), Text("how many", "数量"),
            *(f"{registry.find(one.framework).title} {one.version}" for one in predictions),
            Text("rounding may make", "舍入最多造成"),
        ],
        [
            [
                hard_rows.told(judged.name), f"{judged.rows:,}",
                *(_told(one.judged[number]) for one in predictions),
                f"{judged.allowed:.1e}",
            ]
            for number, judged in enumerate(first)
        ],
        language,
    )  # fmt: skip


def _told(judged: Judged) -> Text | str:
    figure = f"{judged.worst:.1e}"
    return figure if judged.holds else Text(f"{figure} in row {judged.row}: too far", f"第 {judged.row} 行 {figure}：过大")
