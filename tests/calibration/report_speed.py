"""How long the report of a large run takes: makes one of 1,080 cells, renders it and prints the seconds.

    python -m tests.calibration.report_speed [FOLDER]

The run is made up: four frameworks, twelve specs, three numbers of threads, three inputs and styles, 30 blocks a cell.
"""

import sys
import tempfile
import time
from pathlib import Path

from fairfit.reporting import write
from fairfit.runfiles import RunFolder
from tests.reporting import made_up

BLOCKS = 6  # of each of five generations


def large(path: Path) -> RunFolder:
    """1,080 measured cells in 36 groups."""
    records, samples = [], []
    for number in range(12):
        for threads in ("1", "2", "shipped"):
            for framework, styles in made_up.STYLES.items():
                for style in styles:
                    for source in ("resident", "loader", "other"):
                        cell = f"spec{number}/{framework}/{style}/cpu/{threads}/{source}"
                        records.append(made_up.record(cell))
                        samples += made_up.samples(cell, 1.0 + len(records) % 97, BLOCKS)
    path.mkdir(parents=True, exist_ok=True)
    run = made_up.run(records, "large", inspections=made_up.inspections(), facts=[made_up.RETIRED])
    return made_up.write(path / "large", run, samples)


def main() -> None:
    """Render once, in a process that has imported everything but made nothing yet."""
    with tempfile.TemporaryDirectory() as folder:
        run = large(Path(sys.argv[1] if len(sys.argv) > 1 else folder))
        wall, cpu = time.perf_counter(), time.process_time()
        known = write.write([run])
        print(
            f"{len(known.rows)} cells: {time.perf_counter() - wall:.1f} s, of which {time.process_time() - cpu:.1f} s on the CPU"
        )


if __name__ == "__main__":
    main()
