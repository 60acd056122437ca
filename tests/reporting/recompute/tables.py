"""The rows of every table with their numbers as they are printed, by the headings of the English table."""

import json
import math
import re
import statistics
from collections.abc import Iterator, Mapping
from typing import Any

from tests.reporting.recompute.estimator import dispatch_and_rate, significant
from tests.reporting.recompute.races import targets
from tests.reporting.recompute.runs import Cell, Runs, collected, where

Row = Mapping[str, str | frozenset[str] | None]
"""Heading → the numbers that must stand there, as printed; a set where some of these may; None where any text may stand."""

IDENTITY = ("spec", "data", "framework", "style", "input", "model")
"""Headings whose whole text must be as it is here."""

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")


def numbers(text: str) -> list[str]:
    """The numbers in a text, in their order."""
    return [number.rstrip(",") for number in NUMBER.findall(text)]


def tables(runs: Runs) -> dict[str, list[Row]]:
    """All of them by the name of their files; those without rows left out."""
    made: dict[str, Iterator[Row]] = {_file(group): _group(cells) for group, cells in runs.groups.items()}
    made |= {
        "levels": _levels(runs), "solvers": _solvers(runs), "time-to-target": targets(runs), "at-best": _at_best(runs), "dispatch": _dispatch(runs),
        "proof": _proof(runs), "costs": _costs(runs), "extensibility": _extensibility(runs), "potential": _potential(runs),
        "facts": _facts(runs), "graphs": _graphs(runs), "distributed": _distributed(runs), "softmax-twice": _twice(runs),
    }  # fmt: skip
    return {name: rows for name, every in made.items() if (rows := list(every))}


def _file(group: tuple[str, ...]) -> str:
    name = "/".join(part for part in group if part).replace(":", "")
    return "".join(character if character.isalnum() or character in "-_." else "-" for character in name)


def _distance(cell: Cell) -> str:
    return f"{cell.distance:.1e}" if cell.distance is not None and math.isfinite(cell.distance) else ""


def _times_rounding(cell: Cell) -> str:
    """The largest; what is no number is larger than any."""
    times = max((math.inf if value is None else value for value in cell.times_rounding), default=None)
    return "" if times is None else significant(times, 2) if math.isfinite(times) else "not finite"


def _above(spec: Mapping[str, Any], found: Mapping[str, Any], loss: float | None) -> str:
    """By how much loss and penalty exceed the least; empty in runs that did not look for it."""
    if spec.get("optimum") is None or loss is None:
        return ""
    share = (loss + found["penalty"]) / spec["optimum"]["loss"] - 1
    return "0" if abs(share) <= 1e-12 else significant(share, 2)


def _speed(cell: Cell) -> dict[str, str]:
    """Empty where there is no time."""
    epoch = cell.epoch
    return {
        "epoch, ms": epoch.text(1e3) if epoch else "",
        "µs/step": significant(epoch.value / cell.steps * 1e6) if epoch else "",
        "samples/s": significant(cell.spec["rows"] / epoch.value) if epoch else "",
        "CPUs": f"{cell.cpus_used:.2f}" if epoch else "",
    }


def _group(cells: list[Cell]) -> Iterator[Row]:
    for cell in sorted(cells, key=lambda cell: cell.seconds):
        first = cell.word in ("fastest", "tied")
        peaks = [startup["peak_rss_bytes"] for startup in cell["startups"] if startup["peak_rss_bytes"] is not None]
        imports = [startup["import_seconds"] for startup in cell["startups"]]
        yield {
            **{name: cell[name] for name in ("framework", "style", "level", "input")},
            **_speed(cell),
            "times the fastest": "1" if first else cell.ratio.text() if cell.ratio else "",
            "first epoch, s": significant(cell.cold["first_epoch_seconds"], 2) if cell.cold else "",
            "import, s": significant(statistics.median(imports), 2) if imports else "",
            "memory, MB": significant(max(peaks) / 1e6) if peaks else "",
            "loss": significant(cell["train_losses"][-1], 5) if cell["train_losses"] else "",
            "test": significant(cell["test_metric"], 4),
            "distance": _distance(cell),
        } | _above_the_least(cells, cell)


def _above_the_least(cells: list[Cell], cell: Cell) -> dict[str, str]:
    """A column that is there where a least loss is known."""
    if not any(each.spec.get("optimum") for each in cells):
        return {}
    return {"above the least": _above(cell.spec, cell.record, cell["train_losses"][-1] if cell["train_losses"] else None)}


def _solvers(runs: Runs) -> Iterator[Row]:
    for (spec, device, threads, run), cells in runs.groups.items():
        for values in runs.values:
            if run in ("", values["name"]):
                for found in values.get("solutions", {}).get(f"{spec}/{device}/{threads}", []):
                    times = [1e3 * seconds for seconds in found["seconds"]]
                    shown = [statistics.median(times), min(times), max(times)] if times else []
                    yield {
                        "spec": spec, "device": f"{device} {threads} {run}", "call": found["call"], "loss": significant(found["train_loss"], 5),
                        "to the solution, ms": " ".join(significant(value) for value in shown),
                        "above the least": _above(cells[0].spec, found, found["train_loss"]),
                        "test": significant(found["test_metric"], 4), "ended": None,
                    }  # fmt: skip


def _levels(runs: Runs) -> Iterator[Row]:
    known = [level for values in runs.values for level in values["levels"]]
    places = collected(runs.cells, lambda cell: cell.place)
    for spec, of_spec in runs.specs.items():
        lines = collected(of_spec, lambda cell: (cell["level"], cell["framework"]))
        for (level, framework), cells in sorted(lines.items(), key=lambda line: known.index(line[0][0])):
            row: dict[str, str | None] = {"spec": spec, "level": level, "framework": framework}
            for number, place in enumerate(places):
                here = [cell for cell in cells if cell.place == place]
                best = min(here, key=lambda cell: cell.seconds, default=None)
                # the columns of places come after those of names; their headings are words
                row[f"#{3 + number}"] = f"{best.epoch.text(1e3)} {best['style']}" if best and best.epoch else ""
            yield row


def _at_best(runs: Runs) -> Iterator[Row]:
    for cells in runs.specs.values():
        by_framework = collected((cell for cell in cells if cell.epoch), lambda cell: cell["framework"])
        best = [min(of_framework, key=lambda cell: cell.seconds) for of_framework in by_framework.values()]
        for cell in sorted(best, key=lambda cell: cell.seconds):
            yield where(cell) | {"level": cell["level"]} | _speed(cell)


def _dispatch(runs: Runs) -> Iterator[Row]:
    def family(cell: Cell) -> str:
        """What specs that differ in the batch size alone have in common, with all that makes a cell."""
        training = {key: value for key, value in cell.spec["spec"]["training"].items() if key != "batch_size"}
        parts = [cell[part] for part in ("framework", "style", "level", "input")]
        return json.dumps([cell.spec["spec"]["data"], training, parts, cell.place], sort_keys=True)

    fits = []
    for cells in collected((cell for cell in runs.cells if cell.turns), family).values():
        steps = {cell.batch_size: {turn: seconds / cell.steps for turn, seconds in cell.turns.items()} for cell in cells}
        if len(steps) >= 3:
            fits.append((cells[0], ", ".join(map(str, sorted(steps))), dispatch_and_rate(steps)))
    for cell, sizes, fit in sorted(fits, key=lambda item: item[2][0].value if item[2] else math.inf):
        yield {
            **{name: text for name, text in where(cell).items() if name != "spec"}, "data": cell.spec["spec"]["data"]["source"], "batch sizes": sizes,
            "dispatch, µs/step": fit[0].text(1e6) if fit else "", "samples/s when full": fit[1].text() if fit else "",
        }  # fmt: skip


def _proof(runs: Runs) -> Iterator[Row]:
    for cell in runs.cells:
        found, allowed = cell["distances"], cell["tolerance"]
        told = f"{allowed:.0e}" if allowed else ""
        if cell.record.get("allowed") is not None:  # since version 0.3
            told = f"{cell['allowed']:.3g}×"
        if cell.times_rounding:
            found, allowed = cell.times_rounding, cell["allowed"]
        beyond = [epoch for epoch, far in enumerate(found, 1) if far is None or far > (allowed or 0.0)]
        yield where(cell) | {
            "level": cell["level"], "largest distance": _distance(cell), "times rounding": _times_rounding(cell), "allowed": told,
            "first epoch over the tolerance": str(beyond[0]) if beyond else "",
        }  # fmt: skip


COSTS = {
    "start, s": "start", "import, s": "import", "transfer, s": "transfer", "build, s": "build", "proof, s": "prove",
    "clock test, s": "test_clock", "samples, s": "sample", "waiting, s": "waiting",
}  # fmt: skip


def _costs(runs: Runs) -> Iterator[Row]:
    for cell in runs.cells:
        if cell.cold and cell.cold["wall_seconds"]:
            whole, costs = cell.cold["wall_seconds"], cell.cold["costs"]
            parts = {heading: costs.get(part, 0.0) for heading, part in COSTS.items()}
            shown = {heading: f"{seconds:.2f}" if seconds >= 0.005 else "0" for heading, seconds in parts.items()}
            share = f"{math.fsum(costs.values()) / whole * 100:.1f}"
            yield where(cell) | shown | {"whole, s": significant(whole), "accounted for, %": share}


# -- what was looked into


def _extensibility(runs: Runs) -> Iterator[Row]:
    found = runs.found("extensibility")
    names = dict.fromkeys(name for of_framework in found.values() for name in of_framework["extensions"])
    for name in names:
        for framework, of_framework in found.items():
            if name in of_framework["extensions"]:
                made = of_framework["extensions"][name]
                error, times = made["checks"].get("gradient", {}).get("error"), made["overhead"]
                yield {
                    "framework": framework, "gradient error": "" if error is None else f"{error:.1e}", "lines": str(made["lines"]),
                    "times the built-in": " ".join(significant(times[key]) for key in ("value", "low", "high")) if times else "",
                    "source": f"{made['file']}:{made['first_line']}", "built-in": None,
                }  # fmt: skip


def _newest(versions: list[str]) -> str:
    return max(versions, key=lambda version: tuple(map(int, version.split("."))), default="")


POTENTIAL: dict[str, Any] = {
    "version": lambda found: found["version"],
    "licence, by its metadata": lambda found: found["licence"] or "",
    "development status, by its metadata": lambda found: found["development_status"] or "",
    "public functions and classes": lambda found: f"{found['public_functions'] + found['public_classes']:,}",
    "of these with a docstring": lambda found: f"{found['documented_share'] * 100:.0f}",
    "of these with an example": lambda found: f"{found['example_share'] * 100:.0f}",
    "median length of a docstring, characters": lambda found: f"{found['median_docstring_characters']:,}",
    "public modules that cannot be imported": lambda found: f"{found['unimportable_modules']:,}",
    "installed, MB": lambda found: significant(found["install_bytes"] / 1e6),
    "installed, files": lambda found: f"{found['install_files']:,}",
    "other packages it brings": lambda found: str(len(found["dependencies"])),
    "their size, MB": lambda found: significant(found["dependency_bytes"] / 1e6),
    "Python asked for, by its metadata": lambda found: found["requires_python"] or "",
    "newest Python in its metadata": lambda found: _newest(found["pythons"]),
    "platform of the wheel": lambda found: ", ".join(found["platform_tags"]),
    "a plain import works": lambda found: "",
    "import, s (median)": lambda found: significant(statistics.median(found["import_seconds"]), 2),
    "warnings and lines printed by an import": lambda found: str(found["warning_count"]),
    "shims needed to start today": lambda found: str(len([shim for shim in found["shims"] if shim["needed"]])),
}


def _potential(runs: Runs) -> Iterator[Row]:
    found = runs.found("potential")
    for measured, text in POTENTIAL.items() if found else ():
        yield {"measured": measured} | {framework: text(values) for framework, values in found.items()}


def _facts(runs: Runs) -> Iterator[Row]:
    facts = {json.dumps(fact): fact for values in runs.values for fact in values["facts"]}
    for fact in sorted(facts.values(), key=lambda fact: (fact["framework"], fact["date"])):
        yield {
            "framework": fact["framework"], "date": fact["date"], "fact": fact["says"]["en"], "source": fact["source"]["en"],
            "looked up": fact["looked_up"],
        }  # fmt: skip


def _graphs(runs: Runs) -> Iterator[Row]:
    found = runs.found("graphs")
    for model in dict.fromkeys(model for values in found.values() for model in sorted(values["models"])):
        for part in ("forward", "step"):
            for framework, values in found.items():
                if model in values["models"]:
                    operators = [node["op"] for node in values["models"][model][part]["nodes"] if node["op"]]
                    yield {
                        "model": model, "framework": framework, "operators": str(len(operators)),
                        "in order": ", ".join(operators), "taken from": None,
                    }  # fmt: skip


def _distributed(runs: Runs) -> Iterator[Row]:
    for framework, found in runs.found("distributed").items():
        distance = found["largest_distance"]
        yield {
            "framework": framework, "engine": None, "workers": str(found["workers"]), "processes in all": str(found["processes"]),
            "distance": "" if distance is None else f"{distance:.1e}", "ms a step": significant(found["step_milliseconds"], 2),
        }  # fmt: skip


def _twice(runs: Runs) -> Iterator[Row]:
    found = {name: (values["X2"] or {}).get("exercises", {}) for name, values in runs.found("errata").items()}
    for data in sorted({data for exercises in found.values() for data in exercises}):
        for framework, exercises in found.items():
            if data in exercises:
                right, wrong = exercises[data]["right_accuracy"], exercises[data]["twice_accuracy"]
                yield {
                    "data": data, "framework": framework, "epochs": str(len(right)),
                    "accuracy, softmax once": f"{right[-1]:.4f}", "accuracy, softmax twice": f"{wrong[-1]:.4f}",
                    "lost, points": f"{(right[-1] - wrong[-1]) * 100:.1f}",
                    "epochs to catch up": str(exercises[data]["epochs_to_catch_up"] or ""),
                }  # fmt: skip


# -- cells.csv


def cells(runs: Runs) -> Iterator[dict[str, Any]]:
    """The rows of cells.csv; None where a field is empty."""
    for cell in runs.cells:
        epoch, startups = cell.epoch, cell["startups"]
        peaks = [startup["peak_rss_bytes"] for startup in startups if startup["peak_rss_bytes"] is not None]
        reason, mark = (value["en"] if isinstance(value := cell[key], dict) else value for key in ("reason", "mark"))
        yield {
            **{name: cell[name] for name in ("framework", "style", "device", "threads", "input", "spec", "status", "level")},
            "framework_version": cell["framework_version"], "model": cell.spec["spec"]["model"],
            "dataset": cell.spec["spec"]["data"]["source"], "batch_size": cell.batch_size, "reason": reason, "mark": mark,
            "import_seconds": statistics.median(s["import_seconds"] for s in startups) if startups else None,
            "build_seconds": statistics.median(s["build_seconds"] for s in startups) if startups else None,
            "first_epoch_seconds": cell.cold["first_epoch_seconds"] if cell.cold else None,
            **dict(zip(("epoch_seconds", "epoch_seconds_low", "epoch_seconds_high"), epoch or [None] * 3, strict=True)),
            "step_microseconds": epoch.value / cell.steps * 1e6 if epoch else None,
            "samples_per_second": cell.spec["rows"] / epoch.value if epoch else None,
            "cpus_used": cell.cpus_used if epoch else None, "peak_rss_bytes": max(peaks, default=None),
            "train_loss": cell["train_losses"][-1] if cell["train_losses"] else None,
            "test_metric": cell["test_metric"], "metric": cell["metric"], "proof_error": cell.distance,
            **dict(zip(("ratio", "ratio_low", "ratio_high"), cell.ratio or [None] * 3, strict=True)),
            "verdict": cell.word, "generations": len({s["generation"] for s in cell.samples}), "samples": len(cell.samples),
            "run": cell.run, "times_rounding": max((math.inf if t is None else t for t in cell.times_rounding), default=None),
        }  # fmt: skip


# -- the comparison and the claims: which numbers may stand there


def everything_timed(runs: Runs, spec: str, framework: str) -> frozenset[str]:
    """Times of a framework's cells in any unit, and how many times as long as any other cell of their group they take."""
    allowed: set[str] = set()
    for cells in runs.groups.values():
        for cell in cells:
            if (cell["spec"], cell["framework"]) == (spec, framework) and cell.epoch:
                allowed |= {significant(cell.epoch.value * unit) for unit in (1, 1e3, 1e6)}
                others = (cell.times(other) for other in cells if other.epoch)
                allowed |= {significant(other.value) for other in others if other}
    return frozenset(allowed)
