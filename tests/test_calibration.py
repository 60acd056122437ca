"""The programs of calibration find their adapters where they run: in a worker's own environment."""

from pathlib import Path

import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry
from fairfit.measure import cpus, crew
from fairfit.measure.doctor import WORKS, Examination
from fairfit.progress import Silent
from tests.calibration import rows


@pytest.mark.parametrize("entry", [*rows.again(), *rows.by_hand().values()], ids=lambda entry: entry.name)
def test_a_worker_imports_the_adapter_of_every_row(entry: Entry, tmp_path: Path) -> None:
    if registry.installed_version(entry) is None:
        pytest.skip(str(registry.how_to_install(entry)))
    examination = Examination(entry, tmp_path, 120.0)
    with Silent() as progress:
        crew.carry_out([examination], cpus.lanes(1), progress)
    assert examination.checkup.state == WORKS, examination.checkup.advice
