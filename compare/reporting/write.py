"""Writes the report of a run, or of several as one: tables, figures, report.md and report.html, all derived from their files."""

import functools
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from fairfit.models.errors import UserError
from fairfit.models.text import LANGUAGES, Text, in_language
from fairfit.reporting import (
    cells,
    claims,
    comparison,
    comparison_figure,
    conditions,
    evidence,
    face,
    figures,
    growth,
    heat_maps,
    outline,
    overview,
    own_table,
    performance,
    race_figures,
    races,
    reading,
    solvers,
    sweep_tables,
)
from fairfit.reporting.cells import Row
from fairfit.reporting.drawing import Canvas, Picture, save, style
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.judgement import UNTESTED, WORDS
from fairfit.reporting.labels import anchors, moment, step_title
from fairfit.reporting.tabular import Table, comma_separated, csv_field, escaped, fence, latex, markdown, one_line
from fairfit.reporting.text import both
from fairfit.reporting.topics import distributed, errata, extensibility, graphs, potential
from fairfit.runfiles import RunFolder

ROOMY = 8
"""Lines of the comparison that leave room for two lines of text in each cell on the first screen."""


@dataclass(frozen=True)
class OfSpec:
    """What is told of one spec: its name, what it is, the keys of the tables of its groups, those of its loss and of its race to the least."""

    name: str
    what: Text
    groups: Sequence[str]
    loss: str
    race: str


def write(folders: Sequence[RunFolder], out: Path | None = None, language: str = "en") -> Evidence:
    """Write all derived files into `out`, by default the folder of the first run; returns what they were made from.

    `language` is that of report.md, of the tables and figures in files, and of what report.html shows first. Raises
    UserError where a run cannot be read or the files cannot be written.
    """
    known = evidence.read(folders)
    out = out or folders[0].path
    try:
        out.mkdir(parents=True, exist_ok=True)
        texts = cells.frame(known.rows).map(lambda value: csv_field(value) if isinstance(value, str) else value)
        texts.to_csv(out / "cells.csv", index=False, errors="replace")
        made = tables(known)
        _write_tables(made, out / "tables", language)
        context = _context(known, made, _draw(known, out / "figures", language))
        _write_page(context, out / "report.md", "report.md.jinja", language)
        _write_page(context, out / "report.html", "report.html.jinja", language)
    except OSError as error:
        raise UserError(f"cannot write the report into {out}: {error.strerror}") from error
    except UnicodeEncodeError as error:
        raise UserError(f"a text in {folders[0].run_path} is none: {error}") from error
    return known


def tables(known: Evidence) -> dict[str, Table]:
    """All tables by their keys, those that have nothing to tell left out."""
    made: list[Table | None] = [
        face.comparison(known),
        face.everywhere(known),
        claims.answers(known) if face.concerns_the_article(known) else None,
        sweep_tables.fastest(known),
        sweep_tables.settings(known),
        growth.growth(known),
        sweep_tables.check(known),
        overview.levels(known),
        *performance.groups(known.rows, known.noise, known.keys),
        solvers.solvers(known),
        races.time_to_target(known.rows),
        performance.at_best(known.rows),
        performance.dispatch(known.rows),
        extensibility.extensions(known),
        potential.measured(known),
        potential.dated_facts(known),
        graphs.operators(known),
        distributed.workers(known),
        errata.defects(known) if face.concerns_the_article(known) else None,
        errata.twice(known),
        own_table.columns(known),
        own_table.classes(known),
        performance.proof(known.rows),
        performance.costs(known.rows),
    ]
    return {table.key: table for table in made if table is not None and table.rows}


def _write_tables(made: Mapping[str, Table], folder: Path, language: str) -> None:
    folder.mkdir(exist_ok=True)
    for key, table in made.items():
        _write_text(folder / f"{key}.csv", comma_separated(table, language))
        _write_text(folder / f"{key}.tex", latex(table, language))


def _draw(known: Evidence, folder: Path, language: str) -> dict[str, Picture]:
    """All figures by key."""
    folder.mkdir(exist_ok=True)
    pictures: dict[str, Picture] = {}
    pixels = len(known.groups) <= FEW

    def keep(drawn: Canvas | None, name: str, key: str, caption: Text) -> None:
        if drawn is not None:
            pictures[key] = save(drawn, folder, name, key, caption, language, pixels=pixels)

    with style():
        keep(comparison_figure.figure(known), "comparison", "comparison-figure", comparison_figure.CAPTION)
        keys = known.keys
        for group, rows in known.groups.items():
            if any(row.epoch for row in rows):
                caption = performance.group_title(rows[0]) + Text(": time of one epoch by style", "：各写法一轮用时")
                keep(figures.epoch_times(known, rows), f"epoch-time-{keys[group]}", keys[group], caption)
        for name, key in _loss_keys(known).items():
            caption = Text(f"{name}: training loss by epoch", f"{name}：逐轮训练损失")
            keep(figures.training_loss(known, known.specs[name]), f"training-{key}", key, caption)
            caption = Text(f"{name}: loss against time", f"{name}：损失与时间")
            race = f"race-{key.removeprefix('loss-')}"
            keep(race_figures.loss_against_seconds(known, known.specs[name]), race, race, caption)
        keep(race_figures.profile(known), "profile", "profile", PROFILE)
        keep(heat_maps.loss(known), "sweep-loss", "sweep-loss", LOSSES)
        keep(heat_maps.seconds(known), "sweep-seconds", "sweep-seconds", SECONDS)
        keep(graphs.figure(known), "graphs-softmax", "graphs-softmax", GRAPHS)
        keep(errata.figure(known), "softmax-twice", "softmax-twice-curves", TWICE)
    return pictures


FEW = 12  # groups, up to which every figure is written as PNG too: as many take as long as all the rest of a report
PROFILE = Text("In what share of the comparisons each framework is how near the first", "各框架在多少比较中接近最快者")
LOSSES = Text("What the loss comes to under each setting", "各设置下损失的最终值")
SECONDS = Text("Seconds to the target under each setting, in each framework", "各框架在各设置下到达目标的秒数")
GRAPHS = Text("The graph of softmax regression, scores and loss, in each framework", "各框架中 softmax 回归的图：得分与损失")
TWICE = Text("Test accuracy by epoch, softmax once and twice", "逐轮测试准确率：一次与两次 softmax")


def _loss_keys(known: Evidence) -> dict[str, str]:
    """Spec → key of the figure of its loss."""
    return {name: f"loss-{key}" for name, key in anchors(known.specs).items()}


def _context(known: Evidence, made: Mapping[str, Table], pictures: Mapping[str, Picture]) -> dict[str, Any]:
    about = face.concerns_the_article(known)
    lines = face.lines(known)
    keys, losses = known.keys, _loss_keys(known)
    specs = [
        OfSpec(
            name,
            _what(rows[0]),
            [keys[group] for group in dict.fromkeys(row.group for row in rows)],
            losses[name],
            f"race-{losses[name].removeprefix('loss-')}",
        )
        for name, rows in known.specs.items()
    ]
    blocks = (
        {"answer", "sureness", "how-to-read", "conditions"}
        | ({"findings"} if about else set())
        | ({"groups"} if specs else set())
        | ({"steps"} if known.steps and about else set())
    )
    sections = outline.shown({*blocks, *made, *pictures})
    return {
        "runs": known.runs,
        "sections": sections,
        "anchors": {section.key for section in sections} | set(made),
        "tables": made,
        "figures": pictures,
        "specs": specs,
        "title": face.title(known),
        "opening": face.opening(known),
        "answer": face.answer(known),
        "choices": face.choices(known),
        "parts": [list(part) for _, part in itertools.groupby(lines, key=lambda line: line.link)],
        "several_places": len({line.place for line in lines}) > 1,
        "dense": len(lines) > ROOMY,
        "names": comparison.columns(known),
        "standing_text": comparison.standing_text,
        "style_text": comparison.style_text,
        "time_text": comparison.time_text,
        "sureness": face.sureness(known),
        "findings": claims.findings(known) if about else [],
        "verdict_words": WORDS,
        "untested": UNTESTED,
        "steps": known.steps,
        "step_title": step_title,
        "moment": moment,
        "name_of": known.title,
        "conditions": conditions.tables(known),
        "how_to_read": reading.HOW_TO_READ,
        "glossary": reading.GLOSSARY,
        "languages": LANGUAGES,
    }


def _what(row: Row) -> Text:
    """What a spec is, in one line."""
    spec, training = row.spec, row.spec.spec["training"]
    shape = f"{spec.rows:,} × {spec.inputs} → {spec.outputs}"
    given = spec.spec.get("description", "")
    description = spec.description or (Text(given["en"], given["zh"]) if isinstance(given, dict) else given)
    named = Text("", "") + description + Text(": ", "：") if description else Text("", "")
    return named + Text(
        f"{shape}, batches of {training['batch_size']}, {training['epochs']} epochs, {training['dtype']}.",
        f"{shape}，批量 {training['batch_size']}，{training['epochs']} 轮，{training['dtype']}。",
    )


def _write_page(context: Mapping[str, Any], path: Path, template: str, language: str) -> None:
    _write_text(path, _template(template, language).render(context))


def _write_text(path: Path, text: str) -> None:
    """In UTF-8; a byte of a path that is no text becomes a question mark."""
    path.write_text(text, encoding="utf-8", errors="replace")


@functools.cache
def _template(name: str, language: str) -> jinja2.Template:
    html = name.endswith(".html.jinja")
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
        "fence": fence,
        "one_line": one_line,
        "in_language": in_language,
    }
    environment.globals |= {"language": language, "_": lambda en, zh: say(Text(en, zh))}
    return environment.get_template(name)
