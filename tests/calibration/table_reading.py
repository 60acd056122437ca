"""What reading, counting and preparing a large table costs beside a bare read of the whole file by pyarrow: CPU time and memory.

    python -m tests.calibration.table_reading [MEGABYTES]

Makes a CSV of random numbers (500 MB by default) and its Parquet in a temporary folder; each of the three is a process of its own,
in turns, and the least CPU time of three counts.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

COLUMNS, TURNS = 21, 3
MEASURE = (  # the system's own peak of a process: what `resource` tells holds that of its parent
    "import time; print(time.process_time(), "
    "next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
)
OURS = "from pathlib import Path; from fairfit.models.sources.table import Table; import pyarrow.csv, pyarrow.parquet"
PROGRAMS = {  # the second line is what is measured, less what importing takes
    "bare CSV": ("import pyarrow.csv", "pyarrow.csv.read_csv({csv!r})"),
    "ours, CSV": (OURS, "Table(Path({csv!r}), 'x0').prepared('linear', 'float32')"),
    "bare Parquet": ("import pyarrow.parquet", "pyarrow.parquet.read_table({parquet!r})"),
    "ours, Parquet": (OURS, "Table(Path({parquet!r}), 'x0').prepared('linear', 'float32')"),
    "ours, CSV, the second time": (OURS, "Table(Path({csv!r}), 'x0').prepared('linear', 'float32')"),
}


def make(folder: Path, megabytes: int) -> dict[str, str]:
    """The two files; a value takes 13 bytes or so."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    draw, rows = np.random.default_rng(0), megabytes * 1_000_000 // (COLUMNS * 13)
    table = pa.table({f"x{number}": np.round(10 * draw.standard_normal(rows), 9) for number in range(COLUMNS)})
    csv.write_csv(table, folder / "table.csv")
    parquet.write_table(table, folder / "table.parquet")
    return {"csv": str(folder / "table.csv"), "parquet": str(folder / "table.parquet")}


def measured(name: str, files: dict[str, str], cache: str) -> tuple[float, float]:
    """CPU seconds less those of importing, and the largest memory in kB."""
    first, second = PROGRAMS[name]
    program = f"{first}\n{MEASURE}\n{second.format(**files)}\n{MEASURE}"
    environment = os.environ | {"XDG_CACHE_HOME": cache}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    (before, _), (after, memory) = (map(float, line.split()) for line in done.stdout.splitlines())
    return after - before, memory


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = make(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 500)
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in PROGRAMS}
        for turn in range(TURNS):
            for name in PROGRAMS:
                found[name].append(measured(name, files, f"{folder}/cache{turn}"))
        for name, all_found in found.items():
            bare = "bare Parquet" if "Parquet" in name else "bare CSV"
            least, base = min(all_found)[0], min(found[bare])[0]
            print(
                f"{name:28} {least:6.2f} s of CPU, {least / base:5.2f}×, {max(memory for _, memory in all_found) / 1e3:6.0f} MB"
            )


if __name__ == "__main__":
    main()
