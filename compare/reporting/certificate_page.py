"""A certificate for readers: one page without a network, in English and in Chinese."""

import jinja2

from fairfit.certificates import Certificate, Subject
from fairfit.models import hard_rows
from fairfit.models.text import Text, in_language

FACTS = {
    "source": Text("read", "读取"),
    "port": Text("written", "写入"),
    "weights": Text("weight and bias", "权重与偏置"),
    "state": Text("optimizer", "优化器"),
    "rows": Text("your rows", "你的数据行"),
    "where": Text("proven on", "证明环境"),
    "command": Text("command", "命令"),
}


def page(certificate: Certificate, subjects: list[Subject], name: str) -> str:
    """The HTML of the certificate in the file `name`."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("fairfit.reporting", "."), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"in_language": in_language, "rows": hard_rows.told}
    return environment.get_template("certificate.html.jinja").render(
        certificate=certificate,
        subjects=subjects,
        name=name,
        holds=all(one.holds for predicted in certificate.predictions for one in predicted.judged),
        facts=[(FACTS[key], text) for key, text in _told(certificate).items()],
        languages=("en", "zh"),
    )


def _told(certificate: Certificate) -> dict[str, Text | str]:
    source = certificate.source
    told: dict[str, Text | str] = {
        "source": Text(
            f"{source.file}: {source.format}, layer {source.layer}: {source.inputs:,} inputs, {source.outputs:,} outputs, {source.dtype}",
            f"{source.file}：{source.format}，层 {source.layer}：{source.inputs:,} 个输入，{source.outputs:,} 个输出，{source.dtype}",
        ),
        "port": ", ".join(certificate.port),
        "weights": Text(
            f"the same bits in both files; SHA-256 {certificate.weights}", f"两个文件中逐位相同；SHA-256 {certificate.weights}"
        ),
        "state": certificate.state,
    }
    if certificate.rows is not None:
        told["rows"] = f"{certificate.rows.spec.get('name', '')}, SHA-256 {certificate.rows.sha256}"
    told["where"] = f"{certificate.cpu}, Python {certificate.python}, fairfit {certificate.fairfit}, {certificate.created}"
    told["command"] = certificate.command
    return told
