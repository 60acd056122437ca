"""How do time and memory grow with the rows? `make scale` measures 10⁴ to 10⁷ rows of 100 features in every framework.

One run of `fairfit` for each spec in results/published/scale: rows shuffled in blocks, resident and by loader; and for
comparison row by row, resident. What was measured before is kept. Writes one table of time and one of memory.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from fairfit import statistics
from fairfit.records import Cell, CellRecord, Run
from fairfit.runfiles import RunFolder

SPECS = Path("results/published/scale")
STYLES = ("numpy", "symbol", "function", "tensor", "jit")  # of each framework one that does little beside arithmetic
INPUTS = {"blocks": "resident,loader", "rows": "resident"}
HOW = ["--threads", "1", "--styles", ",".join(STYLES), "--budget", "1s", "--time-limit", "30m"]
BLOCKS = {4: 4, 5: 4, 6: 2, 7: 1}  # power of ten → samples of each cell: of ten million rows each takes a minute by loader
Row = tuple[str, str, str]  # order, input, framework and style


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.scale", description=__doc__)
    parser.add_argument("--most", type=int, default=7, help="largest power of ten (default: %(default)s)")
    parser.add_argument("--order", choices=INPUTS, action="append", help="may be repeated (default: both)")
    parser.add_argument("--runs", type=Path, default=Path("results/scale"), help="folder of the runs (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("results/scale.md"), help="(default: %(default)s)")
    asked = parser.parse_args()
    found: dict[tuple[str, int], RunFolder] = {}
    for order in asked.order or INPUTS:
        for power in range(4, asked.most + 1):
            name = f"scale-{power}-{order}"
            folder = RunFolder(asked.runs / name)
            if not folder.run_path.exists():
                command = [
                    "run",
                    str(SPECS / f"{name}.toml"),
                    *HOW,
                    "--blocks",
                    str(BLOCKS[power]),
                    "--input",
                    INPUTS[order],
                    "--out",
                    str(folder.path),
                ]
                print("fairfit", *command, file=sys.stderr)
                subprocess.run([sys.executable, "-m", "fairfit", *command], check=True, stdout=subprocess.DEVNULL)
            found[order, power] = folder
    asked.out.write_text(told(found), encoding="utf-8")
    print(asked.out.read_text(encoding="utf-8"))
    return 0


def told(found: dict[tuple[str, int], RunFolder]) -> str:
    """The tables as Markdown."""
    runs = {key: folder.read() for key, folder in found.items()}
    seconds = {key: _seconds(folder, runs[key]) for key, folder in found.items()}
    powers = sorted({power for _, power in found})
    rows = list(dict.fromkeys(row for key in found for row in seconds[key]))
    first = next(iter(runs.values()))
    counted = [sample for folder in found.values() for sample in statistics.counted(folder.samples())]
    disturbed = sum(map(statistics.disturbed, counted))

    def time(order: str, power: int, row: Row) -> str:
        here = seconds.get((order, power), {}).get(row)
        if here is None:
            return ""
        least = seconds.get((order, powers[0]), {}).get(row)
        grown = "" if power == powers[0] or least is None else f" ({here / 10**power / (least / 10 ** powers[0]):.2f}×)"
        return f"{here / 10**power * 1e9:.0f}{grown}"

    def memory(order: str, power: int, row: Row) -> str:
        run = runs.get((order, power))
        record = next((record for record in run.cells if _row(order, record.cell) == row), None) if run else None
        return _memory(record) if record else ""

    samples = ", ".join(f"{BLOCKS[power]} for 10^{power} rows" for power in powers)
    lines = [
        "# Growth with the rows", "",
        f"Made by `make scale`: 100 features in float32, batches of 1,000 rows, one CPU ({first.machine.cpu}, "
        f"{first.machine.memory_bytes / 1e9:.0f} GB). Samples of each cell, all of one process: {samples}. So a number is good to some 15 %, "
        f"or less where others took CPU or memory: of {len(counted)} samples that count {disturbed} were disturbed.",
    ]  # fmt: skip
    lines += ["", "## Nanoseconds a row", "", "In brackets: how many times those of the smallest.", ""]
    lines += _table(["order", "input", "", *(f"10^{power} rows" for power in powers)], rows, powers, time)
    lines += [
        "",
        "## Memory of each process, MB",
        "",
        "Its own (without pages of mapped files, which all share) / peak with them.",
        "",
    ]
    lines += _table(["order", "input", "", *(f"10^{power} rows" for power in powers)], rows, powers, memory)
    for order in INPUTS:
        ours = [runs.get((order, power)) for power in powers]
        if any(ours):
            told_ = [_pair(run.own_bytes, run.peak_rss_bytes) if run else "" for run in ours]
            lines.append(f"| {order} | – | fairfit itself | {' | '.join(told_)} |")
    data = [f"{4 * 100 * 10**power / 1e6:,.0f}" for power in powers]
    lines.append(f"| – | – | the features in their file | {' | '.join(data)} |")
    return "\n".join(lines) + "\n"


def _table(
    headings: Sequence[str], rows: Sequence[Row], powers: Sequence[int], cell: Callable[[str, int, Row], str]
) -> list[str]:
    lines = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    for row in rows:
        lines.append(f"| {' | '.join([*row, *(cell(row[0], power, row) for power in powers)])} |")
    return lines


def _row(order: str, cell: Cell) -> Row:
    return order, cell.input, f"{cell.framework} {cell.style}" + " (twin)" * cell.twin


def _seconds(folder: RunFolder, run: Run) -> dict[Row, float]:
    """Of an epoch."""
    order = folder.path.name.rpartition("-")[2]
    group = statistics.Group(statistics.by_cell(folder.samples()))
    return {_row(order, record.cell): group.epoch_seconds(record.id).value for record in run.cells if record.status == "measured"}


def _memory(record: CellRecord) -> str:
    own = max((startup.own_bytes or 0 for startup in record.startups), default=0)
    peak = max((startup.peak_rss_bytes or 0 for startup in record.startups), default=0)
    return _pair(own, peak) if peak else str(record.reason or record.status)


def _pair(own: int | None, peak: int | None) -> str:
    return f"{(own or 0) / 1e6:,.0f} / {(peak or 0) / 1e6:,.0f}"


if __name__ == "__main__":
    sys.exit(main())
