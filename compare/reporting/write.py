"""Writes the report of a run, or of several as one: tables, figures, report.md and report.html, all derived from their files."""

import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from fairfit.models.errors import UserError
from fairfit.models.text import LANGUAGES, Text, in_language
from fairfit.records import Run
from fairfit.reporting import cells, claims, evidence, figures, overview, tables, topics, verdict
from fairfit.reporting.cells import Row
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.table import Table, comma_separated, escaped, latex, markdown
from fairfit.reporting.text import both
from fairfit.runfiles import RunFolder
from fairfit.statistics import Estimate

HOW_TO_READ = (
    Text(
        "Every cell trained from the same start, over the same rows in the same order, and ended within the allowed distance of a "
        "float64 reference; a cell that did not is refused and has no time.",
        "每个单元都从相同的起点、按相同的顺序训练相同的数据，并且结果与 float64 参考的距离在允许范围内；否则被拒绝，不给出时间。",
    ),
    Text(
        "An epoch's time is taken between two fences: the device has nothing left to do when the clock is read.",
        "一轮的用时取在两道同步栅栏之间：读时钟时设备上已没有未完成的工作。",
    ),
    Text(
        "Cells of one table took turns on the same CPUs in random order; “times the fastest” compares samples taken side by side, "
        "so that drift of the machine cancels.",
        "同一张表的单元在相同的 CPU 上按随机顺序轮流运行；“最快者的倍数”比较并排取得的样本，机器的漂移因此抵消。",
    ),
    Text(
        "Square brackets hold 95 % intervals. “Slower” means that the interval lies more than 1 % above 1; “no difference shown” "
        "that it does not, and is narrow; “inconclusive” that it is wide: more time would tell. A tie has no winner.",
        "方括号内是 95 % 区间。“更慢”表示区间整体高出 1 超过 1 %；“未见差异”表示并非如此且区间较窄；“尚无定论”表示区间太宽，需更多时间。并列没有胜者。",
    ),
    Text(
        "Three questions are kept apart: “as shipped” (nothing is set), equal hardware (so many CPUs, the same for all), and each "
        "framework at its best.",
        "三个问题分开回答：“出厂设置”（什么都不设）、相同硬件（同样数目的 CPU），以及各框架的最佳表现。",
    ),
    Text(
        "With fewer than five generations of fresh processes the intervals lean on an assumed scatter of 5 % between processes.",
        "少于五代新进程时，区间依赖假定的 5 % 进程间离散。",
    ),
)


def read(folders: Sequence[RunFolder]) -> Evidence:
    """The evidence of all runs. Raises UserError where a run cannot be read."""
    runs = [folder.read() for folder in folders]
    names = [""] if len(runs) == 1 else _distinct([run.name for run in runs])
    rows: list[Row] = []
    noise: dict[str, Estimate] = {}
    for run, name, folder in zip(runs, names, folders, strict=True):
        samples = folder.samples()
        rows += cells.rows(run, samples, name)
        noise |= {"/".join([group, name] if name else [group]): ratio for group, ratio in cells.noise(run, samples).items()}
    inspections = [inspection for run in runs for inspection in run.inspections]
    return Evidence(runs, rows, inspections, evidence.facts(), noise)


def _distinct(names: list[str]) -> list[str]:
    return [name if names.count(name) == 1 else f"{name} {number}" for number, name in enumerate(names, 1)]


def write(folders: Sequence[RunFolder], out: Path | None = None, language: str = "en") -> Evidence:
    """Write all derived files into `out`, by default the folder of the first run; returns what they were made from.

    `language` is that of report.md and of what report.html shows first. Raises UserError where a run cannot be read or the
    files cannot be written.
    """
    found = read(folders)
    out = out or folders[0].path
    told = _tables(found)
    try:
        out.mkdir(parents=True, exist_ok=True)
        cells.frame(found.rows).to_csv(out / "cells.csv", index=False)
        _write_tables(told, out / "tables", language)
        context = _context(found, told, _draw(found, out / "figures"))
        _write_page(context, out / "report.md", "report.md.jinja", language)
        _write_page(context, out / "report.html", "report.html.jinja", language)
    except OSError as error:
        raise UserError(f"cannot write the report into {out}: {error.strerror}") from error
    return found


def _tables(found: Evidence) -> dict[str, Table]:
    """All tables, those that have nothing to tell left out."""
    made: list[Table | None] = [
        claims_table(found),
        overview.levels(found),
        *tables.performance(found.rows, found.noise),
        overview.time_to_target(found.rows),
        tables.at_best(found.rows),
        tables.dispatch(found.rows),
        topics.extensibility(found),
        topics.potential(found),
        topics.dated_facts(found),
        topics.graphs(found),
        topics.distributed(found),
        topics.defects(found),
        topics.twice(found),
        tables.proof(found.rows),
        tables.costs(found.rows),
    ]
    return {table.key: table for table in made if table is not None and table.rows}


def claims_table(found: Evidence) -> Table:
    """One row for each claim of the article with its verdict and the numbers behind it."""
    findings = claims.findings(found)
    return Table(
        "claims",
        Text("The article, claim by claim", "逐条回答文章的论断"),
        [Text("claim", "论断"), Text("section", "章节"), Text("what it says", "内容"), Text("verdict", "结论"),
         Text("why", "依据"), Text("how it is tested", "如何检验")],
        [""] * 6,
        [False] * 6,
        [
            [finding.claim.id, finding.claim.section, finding.claim.says, claims.WORDS[finding.verdict], finding.because, finding.claim.tested]
            for finding in findings
        ],
    )  # fmt: skip


def _write_tables(made: dict[str, Table], folder: Path, language: str) -> None:
    folder.mkdir(exist_ok=True)
    for key, table in made.items():
        (folder / f"{key}.csv").write_text(comma_separated(table, language), encoding="utf-8")
        (folder / f"{key}.tex").write_text(latex(table, language), encoding="utf-8")


def _draw(found: Evidence, folder: Path) -> dict[str, Path]:
    """Draw all figures; key → path of the SVG."""
    folder.mkdir(exist_ok=True)
    drawn = {}
    rows = found.rows
    for group, members in itertools.groupby(rows, key=lambda row: row.group):
        of_group = list(members)
        if any(row.epoch for row in of_group):
            key = tables.anchor(group)
            drawn[key] = figures.save(figures.epoch_times(of_group), folder, f"epoch-time-{key}")
    for name, of_spec in _by_spec(rows).items():
        spec = of_spec[0].spec
        drawn[f"loss-{name}"] = figures.save(figures.training_loss(spec, of_spec), folder, f"training-loss-{name}")
    graphs = {name: models["softmax"]["forward"] for name, models in found.found("graphs").items() if "softmax" in models}
    if graphs:
        drawn["graphs"] = figures.save(figures.graphs(graphs), folder, "graphs-softmax")
    errata = found.found("errata")
    curves = next((values["X2"]["numbers"] for values in errata.values() if values.get("X2", {}).get("numbers")), None)
    if curves:
        drawn["softmax-twice"] = figures.save(figures.softmax_twice(curves), folder, "softmax-twice")
    return drawn


def _by_spec(rows: Sequence[Row]) -> dict[str, list[Row]]:
    names = dict.fromkeys(row.record.cell.spec for row in rows)
    return {name: [row for row in rows if row.record.cell.spec == name] for name in names}


def _context(found: Evidence, told: dict[str, Table], drawn: dict[str, Path]) -> dict[str, Any]:
    findings = claims.findings(found)
    specs = {
        name: (rows[0].spec, list(dict.fromkeys(tables.anchor(row.group) for row in rows)))
        for name, rows in _by_spec(found.rows).items()
    }
    return {
        "runs": found.runs,
        "conditions": [_conditions(run, found.rows, name) for run, name in zip(found.runs, _run_names(found), strict=True)],
        "findings": findings,
        "verdict_words": claims.WORDS,
        "verdict": verdict.paragraph(found, findings),
        "specs": specs,
        "tables": told,
        "steps": found.steps,
        "figures": {key: path.name for key, path in drawn.items()},
        "svg": {key: Markup(_inline(path)) for key, path in drawn.items()},
        "how_to_read": HOW_TO_READ,
        "sections": ("verdict", "performance", "concepts"),
        "languages": LANGUAGES,
    }


def _run_names(found: Evidence) -> list[str]:
    return list(dict.fromkeys(row.run for row in found.rows)) if len(found.runs) > 1 else [""]


def _conditions(run: Run, rows: Sequence[Row], name: str) -> dict[Text | str, str]:
    """The conditions of one run: machine, versions, what was set for the workers and what the frameworks report."""
    told: dict[Text | str, str] = {Text("made", "制作"): f"{run.created}: {run.command}"}
    told |= {key.replace("_", " "): str(value) for key, value in vars(run.machine).items()}
    of_run = [row for row in rows if row.run == name]
    told |= {row.record.cell.framework: row.record.framework_version for row in of_run if row.record.framework_version}
    for row in of_run:
        if row.record.framework_version:
            key = Text(f"{row.record.cell.framework}, ", f"{row.record.cell.framework}，") + tables.conditions(
                row.record.cell.threads
            )
            settings = row.record.settings | row.record.environment
            told.setdefault(key, ", ".join(f"{name} {value}" for name, value in settings.items()))
    return told


def _write_page(context: dict[str, Any], path: Path, template: str, language: str) -> None:
    html = template.endswith(".html.jinja")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("fairfit.reporting", "."),
        autoescape=html,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def say(text: Text | str) -> str:
        return both(text) if html else in_language(text, language)

    environment.filters |= {
        "say": say,
        "table": lambda table: markdown(table, language),
        "escaped": lambda text: escaped(in_language(text, language)),
    }
    environment.globals |= {"language": language, "_": lambda en, zh: say(Text(en, zh))}
    path.write_text(environment.get_template(template).render(context), encoding="utf-8")


def _inline(path: Path) -> str:
    """The SVG element alone, with ids of its own, for a page that holds several."""
    svg = path.read_text(encoding="utf-8")
    svg = svg[svg.index("<svg") :]
    prefix = re.sub(r"\W", "-", path.stem)
    svg = re.sub(r'id="([^"]+)"', rf'id="{prefix}-\1"', svg)
    return re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}-", svg)
