"""The numbers behind the article's claims: for each claim those that may stand in its reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.reporting.recompute.estimator import Interval, significant, word
from tests.reporting.recompute.runs import Cell, Runs, collected
from tests.reporting.recompute.tables import numbers

SUBJECT = "mxnet"
OF_THE_ARTICLE = (SUBJECT, "tensorflow", "pytorch")
GAP = 1.25


def allowed(runs: Runs) -> dict[str, frozenset[str]]:
    """By claim. Counts are recomputed; names of specs and places, and what was recorded, may have numbers of their own."""
    found = {"P1": _gaps(runs), "P2": _firsts(runs), "V1": set(), "N1": _bound(runs), "G1": _steps(runs)}
    found |= {"E1": _extensions(runs), "T1": _documented(runs), "T2": _weaker(runs), "S1": _graphs(runs), "G2": _workers(runs)}
    recorded = set(numbers(" ".join(_recorded(runs))))
    return {claim: frozenset(map(str, every)) | recorded for claim, every in found.items()}


def _recorded(runs: Runs) -> list[str]:
    texts = [f"{cell['spec']} {cell['device']} {cell['threads']} {cell.run} {cell['reason']}" for cell in runs.cells]
    texts += [str(inspection["reason"]) for values in runs.values for inspection in values["inspections"]]
    return texts + [f"{fact['date']} {fact['says']}" for values in runs.values for fact in values["facts"]]


def _contests(runs: Runs, *, usual: bool = False) -> list[list[Cell]]:
    """For each group with the article's framework and another: the fastest cell of each, the fastest first.

    `usual` has the library's own layers alone, fed by its loader where one was measured in the group.
    """
    held = []
    for cells in runs.groups.values():
        if usual:
            layers = [cell for cell in cells if cell["level"] == "layers"]
            loading = any(cell.epoch and cell["input"] == "loader" for cell in layers)
            cells = [cell for cell in layers if cell["input"] == ("loader" if loading else "resident")]
        timed = collected((c for c in cells if c.epoch and c["framework"] in OF_THE_ARTICLE), lambda cell: cell["framework"])
        best = sorted((min(of, key=lambda cell: cell.seconds) for of in timed.values()), key=lambda cell: cell.seconds)
        if SUBJECT in timed and len(best) > 1 and all(cell.times(best[0]) for cell in best):
            held.append(best)
    return held


def _times(cell: Cell, other: Cell) -> Interval:
    times = cell.times(other)
    assert times is not None
    return times


def _precision(runs: Runs) -> float:
    precision: float = runs.values[0]["options"].get("precision", 0.02)
    return precision


def _gaps(runs: Runs) -> set[object]:
    """Gaps of all groups and of those of each spec, and how far apart, each at its best and in the usual code."""
    told: set[object] = {f"{GAP:g}"}
    of_spec = collected(_contests(runs), lambda best: best[0]["spec"])
    for held in of_spec.values():
        told |= {len(held), sum(_times(best[-1], best[0]).low > GAP for best in held)}
    apart = [_times(best[-1], best[0]).value for best in _contests(runs) + _contests(runs, usual=True)]
    return told | {significant(value, 2) for value in apart}


def _firsts(runs: Runs) -> set[object]:
    held = _contests(runs)
    precision = _precision(runs)
    first = [best for best in held if best[0]["framework"] == SUBJECT
             and all(word(_times(cell, best[0]), precision) == "slower" for cell in best[1:])]  # fmt: skip
    behind = [best for best in held if any(
        cell["framework"] == SUBJECT and word(_times(cell, best[0]), precision) == "slower" for cell in best)]  # fmt: skip
    on_gpu = [best for best in held if best[0]["device"] != "cpu"]
    return {len(held), len(first), len(held) - len(first) - len(behind), len(on_gpu)}


def _extensions(runs: Runs) -> set[object]:
    told: set[object] = set()
    for found in runs.found("extensibility").values():
        made: Sequence[Any] = list(found["extensions"].values())
        outcomes = [check["works"] for extension in made for check in extension["checks"].values() if check["works"] is not None]
        told |= {sum(outcomes), len(outcomes), len(made), sum(extension["lines"] for extension in made)}
    return told


def _documented(runs: Runs) -> set[object]:
    found = runs.found("potential")
    told: set[object] = {f"{values['documented_share'] * 100:.0f}" for values in found.values()}
    return told | set(numbers(found[SUBJECT]["plain_import"]["error"] if SUBJECT in found else ""))


def _weaker(runs: Runs) -> set[object]:
    told: set[object] = set()
    for values in runs.found("potential").values():
        told |= {f"{values['public_functions'] + values['public_classes']:,}"}
        told |= {f"{values[share] * 100:.0f}" for share in ("documented_share", "example_share")}
    return told


def _graphs(runs: Runs) -> set[object]:
    def operators(graph: Mapping[str, Any]) -> list[str]:
        return [node["op"] for node in graph["nodes"] if node["op"]]

    return {
        sum(len(operators(graphs["forward"])) for graphs in found["models"].values()) for found in runs.found("graphs").values()
    }


def _bound(runs: Runs) -> set[object]:
    told: set[object] = set()
    both = [
        cell for cell in runs.cells if cell["framework"] == SUBJECT and cell["level"] in ("arrays", "graph") and cell["distances"]
    ]
    for cells in collected(both, lambda cell: cell["level"]).values():
        told |= {len(cells), sum(cell["status"] == "measured" for cell in cells)}
    return told | {significant(max((cell.distance or 0.0 for cell in both), default=None), 2)}


def _steps(runs: Runs) -> set[object]:
    cells = [cell for cell in runs.cells if cell["framework"] == SUBJECT and cell["level"] == "layers" and cell["distances"]]
    steps = [step for values in runs.values for step in values["frameworks"].get(SUBJECT, {}).get("steps", [])]
    return {len(cells), sum(cell["status"] == "measured" for cell in cells), *(len(step["lines"]) for step in steps)}


def _workers(runs: Runs) -> set[object]:
    told: set[object] = set()
    for found in runs.found("distributed").values():
        told |= {found["workers"], *numbers(str(found["engine"])), *numbers(str(found["reason"]))}
        told |= {significant(found["largest_distance"], 2), significant(found["step_milliseconds"], 2)}
    return told
