"""`fairfit verify` and `fairfit.verify`: a certificate is proven again from its files, or refuted with what refutes it."""

import argparse
import json
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fairfit import carrying, certificates
from fairfit.arguments import checked
from fairfit.carrying import Laid
from fairfit.certificates import Certificate, Predicted, Subject
from fairfit.commands import measuring, values
from fairfit.commands.answer import Answer, Status
from fairfit.commands.measuring import Voice
from fairfit.commands.port import predictions_table
from fairfit.commands.selection import TIME_LIMIT
from fairfit.commands.values import given
from fairfit.frameworks import registry
from fairfit.frameworks.files import reading
from fairfit.frameworks.files.layer import Layer
from fairfit.frameworks.ports import forms
from fairfit.frameworks.ports.form import Carried
from fairfit.measure import environment, scratch
from fairfit.models.errors import UserError
from fairfit.models.parameters import Parameters
from fairfit.models.predictions import Judged
from fairfit.models.spec import from_mapping
from fairfit.models.text import Text, in_language
from fairfit.plain import to_plain

EXAMPLES = "  fairfit verify net.json\n  fairfit verify net.json --json"
SAME = 1e-9  # relative: the same arithmetic on the same machine gives the same distance


@dataclass
class Verdict:
    """What refutes the certificate, what could not be proven again here, and the predictions as they are now."""

    refuted: list[Text | str] = field(default_factory=list)
    untold: list[Text | str] = field(default_factory=list)
    predictions: list[Predicted] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """OK, NO where it is refuted, INCOMPLETE where a part of it cannot be told here."""
        return Status.NO if self.refuted else Status.INCOMPLETE if self.untold else Status.OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("certificate", metavar="CERT", help="what `fairfit port --certificate` wrote; its files are named in it")
    parser.add_argument("--data-dir", type=checked(values.path), metavar="DIR", help="where data files lie")
    parser.add_argument(
        "--time-limit", type=checked(values.duration), metavar="TIME", help="longest step of one worker (default: 10m)"
    )


def command(options: argparse.Namespace) -> Answer:
    voice = measuring.of_command_line(options)
    found = verify(options.certificate, data_dir=options.data_dir, time_limit=options.time_limit, voice=voice)

    def show() -> None:
        if options.json:
            print(json.dumps(_as_plain(found), indent=1, ensure_ascii=False, allow_nan=False))
        else:
            _show(found, options.certificate, options.language)

    return Answer(found.status, show)


def verify(
    certificate: str | os.PathLike[str],
    *,
    data_dir: str | os.PathLike[str] | None = None,
    time_limit: str | float | None = None,
    voice: Voice | None = None,
) -> Verdict:
    """Read the files that a certificate names, compare them, and predict anew in the frameworks that it names.

    Raises UserError where it is no certificate.

    >>> import fairfit, numpy
    >>> folder.mkdir()
    >>> numpy.savez(folder / "model.npz", weight=numpy.ones((1, 4)), bias=numpy.zeros(1))
    >>> _ = fairfit.port(folder / "model.npz", "numpy", out=folder / "moved.npz", certificate=folder / "model.json")
    >>> fairfit.verify(folder / "model.json").status.name
    'OK'
    """
    path = given("certificate", values.path, certificate, Path())
    claim, subjects = certificates.read(path)
    verdict = Verdict()
    verdict.refuted += _files(path.parent, subjects)
    layer = _layers(path.parent, claim, verdict)
    with (voice or Voice()).open() as progress, scratch.temporary() as folder:
        rows = _rows(claim, layer, folder / "rows", given("data_dir", values.path, data_dir, None), verdict)
        asked = [one for one in claim.predictions if _can_be_had(one, verdict)]
        if layer is not None and asked and asked[0] is claim.predictions[0]:
            carried = Carried(Parameters(layer.weight, layer.bias))
            target = forms.find(asked[0].framework, asked[0].form)
            limit = given("time_limit", values.duration, time_limit, TIME_LIMIT)
            name, others = Path(claim.port[0]).name, [one.framework for one in asked[1:]]
            verdict.predictions = carrying.prove(carried, target, name, others, rows, folder, limit, progress).predictions
            same_machine = environment.of_machine().cpu == claim.cpu
            known = {one.framework: one for one in verdict.predictions}
            for before in asked:
                if (now := known.get(before.framework)) is not None:
                    verdict.refuted += _distances(before, now, same_machine=same_machine)
                else:
                    verdict.untold.append(
                        Text(f"predictions of {before.framework}: it failed", f"{before.framework} 的预测：运行失败")
                    )
            if not same_machine:
                verdict.untold.append(
                    Text(
                        f"the distances themselves: they were measured on another machine ({claim.cpu})",
                        f"距离本身：它们是在另一台机器（{claim.cpu}）上测得的",
                    )
                )
    return verdict


def _files(folder: Path, subjects: list[Subject]) -> Iterator[Text]:
    for subject in subjects:
        try:
            found = certificates.of_file(folder / subject.name)
        except OSError as error:
            yield Text(f"{subject.name}: cannot be read: ", f"{subject.name}：无法读取：") + str(error.strerror)
            continue
        if found != (claimed := subject.digest.get("sha256")):
            yield Text(
                f"{subject.name}: another file: its SHA-256 is {found[:16]}…, and {str(claimed)[:16]}… was certified",
                f"{subject.name}：不是同一文件：其 SHA-256 为 {found[:16]}…，证书为 {str(claimed)[:16]}…",
            )


def _layers(folder: Path, claim: Certificate, verdict: Verdict) -> Layer | None:
    """The layer of the source; what its port has otherwise refutes."""
    try:
        here, there = claim.source.file, claim.port[0]
        source = reading.read(folder / here, layer=claim.source.asked or None, outputs_first=claim.source.outputs_first)
        port = reading.read(folder / there)
    except UserError as error:
        verdict.refuted.append(error.text)
        return None
    for what, one, other in (("weight", source.weight, port.weight), ("bias", source.bias, port.bias)):
        if (witness := _witness(what, one, other, here, there)) is not None:
            verdict.refuted.append(witness)
    if certificates.digest(source.weight, source.bias) != claim.weights:
        verdict.refuted.append(Text(f"{here}: its weights are others than those certified", f"{here}：其权重与证书不符"))
    read = (source.format, source.name, [str(note) for note in source.notes])
    if read != (claim.source.format, claim.source.layer, [str(note) for note in claim.source.notes]):
        told = f"{here}: is read as {source.format}, layer {source.name}, with other words than those certified"
        verdict.refuted.append(Text(told, f"{here}：读作 {source.format}，层 {source.name}，与证书所述不同"))
    outputs, inputs = source.weight.shape
    if (outputs, inputs, source.dtype) != (claim.source.outputs, claim.source.inputs, claim.source.dtype):
        shapes = f"({outputs}, {inputs}) {source.dtype}", f"({claim.source.outputs}, {claim.source.inputs}) {claim.source.dtype}"
        verdict.refuted.append(
            Text(f"{here}: is {shapes[0]}, and {shapes[1]} was certified", f"{here}：为 {shapes[0]}，证书为 {shapes[1]}")
        )
    return source


def _witness(what: str, one: np.ndarray, other: np.ndarray, here: str, there: str) -> Text | None:
    """The first number that differs; None where none does."""
    if (one.shape, one.dtype) != (other.shape, other.dtype):
        shapes = f"{one.shape} {one.dtype}", f"{other.shape} {other.dtype}"
        return Text(
            f"{what}: {shapes[0]} in {here}, {shapes[1]} in {there}", f"{what}：{here} 中为 {shapes[0]}，{there} 中为 {shapes[1]}"
        )
    differs = np.argwhere(one.view(f"u{one.itemsize}") != other.view(f"u{other.itemsize}"))
    if not len(differs):
        return None
    at = tuple(int(number) for number in differs[0])
    place, numbers = f"{what}{list(at)}", (f"{one[at]:.9g}", f"{other[at]:.9g}")
    return Text(
        f"{place}: {numbers[0]} in {here}, {numbers[1]} in {there}; {len(differs):,} of {one.size:,} numbers differ",
        f"{place}：{here} 中为 {numbers[0]}，{there} 中为 {numbers[1]}；{one.size:,} 个数中有 {len(differs):,} 个不同",
    )


def _rows(claim: Certificate, layer: Layer | None, folder: Path, data_dir: Path | None, verdict: Verdict) -> Laid | None:
    if claim.rows is None or layer is None:
        return None
    try:
        spec = from_mapping(claim.rows.spec, "")
        laid = carrying.rows_of(spec, Parameters(layer.weight, layer.bias), folder, data_dir)
    except UserError as error:
        verdict.refuted.append(Text("its spec: ", "其规格：") + error.text)
        return None
    if laid.sha256 != claim.rows.sha256:
        verdict.refuted.append(Text(f"{spec.name}: its rows are others than those certified", f"{spec.name}：其数据行与证书不符"))
    return laid


def _can_be_had(one: Predicted, verdict: Verdict) -> bool:
    """Whether this framework is here in that version."""
    try:
        entry = registry.find(one.framework)
        form = forms.find(one.framework, one.form)
    except UserError as error:
        verdict.refuted.append(error.text)
        return False
    here = registry.installed_version(entry)
    missing = registry.how_to_install(entry) if here is None else form.missing()
    if missing is not None:
        verdict.untold.append(Text("predictions: ", "预测：") + missing)
        return False
    if here != one.version:
        verdict.refuted.append(
            Text(
                f"{entry.title}: {one.version} was certified, and here is {here}",
                f"{entry.title}：证书为 {one.version}，此处为 {here}",
            )
        )
    return True


def _distances(before: Predicted, now: Predicted, *, same_machine: bool) -> Iterator[Text]:
    """What of the predictions is not as it was certified."""
    title = registry.find(now.framework).title
    for one in now.judged:
        if not one.holds:
            yield Text(
                f"{title}, {one.name}: {one.worst:.3g} in row {one.row}, and rounding makes {one.allowed:.3g} at most",
                f"{title}，{one.name}：第 {one.row} 行为 {one.worst:.3g}，而舍入最多造成 {one.allowed:.3g}",
            )
    known = {one.name: one for one in before.judged}
    if known.keys() != {one.name for one in now.judged}:
        yield Text(f"{title}: other sets of rows were certified", f"{title}：证书所列的行集合不同")
    for one in now.judged:
        claimed = known.get(one.name)
        if claimed is not None and _differ(claimed, one, same_machine=same_machine):
            yield Text(
                f"{title}, {one.name}: {claimed.worst:.6g} was certified, and it is {one.worst:.6g}",
                f"{title}，{one.name}：证书为 {claimed.worst:.6g}，实际为 {one.worst:.6g}",
            )


def _differ(claimed: Judged, found: Judged, *, same_machine: bool) -> bool:
    if claimed.rows != found.rows or not math.isclose(claimed.allowed, found.allowed, rel_tol=SAME):
        return True
    same = math.isclose(claimed.worst, found.worst, rel_tol=SAME, abs_tol=1e-300) and claimed.row == found.row
    return same_machine and not same


# -- printing


def _as_plain(found: Verdict) -> dict[str, object]:
    return {
        "status": found.status.name,
        "refuted": [str(text) for text in found.refuted],
        "cannot be told": [str(text) for text in found.untold],
        "predictions": to_plain(found.predictions),
    }


def _show(found: Verdict, certificate: str, language: str) -> None:
    def say(text: Text | str) -> None:
        print(in_language(text, language))

    if found.predictions:
        predictions_table(found.predictions, language)
    for text in found.refuted:
        say(Text("refuted: ", "被推翻：") + text)
    for text in found.untold:
        say(Text("cannot be told here: ", "此处无法判断：") + text)
    if not found.refuted and not found.untold:
        say(
            Text(
                f"{certificate} holds: files, weights and predictions are as certified",
                f"{certificate} 成立：文件、权重与预测均与证书相符",
            )
        )
