"""What is measured of a framework's standing, of the real ones."""

import math

import pytest

from fairfit.frameworks.potential.findings import Findings
from tests.frameworks.inspected import inspected, looked_into


@pytest.fixture(scope="module", params=looked_into("potential"))
def found(request: pytest.FixtureRequest) -> Findings:
    findings: Findings = inspected("potential", request.param)
    return findings


def test_the_answers_are_possible(found: Findings) -> None:
    assert 0 <= found.example_share <= found.documented_share <= 1
    counts = (found.install_bytes, found.install_files, found.public_modules, found.public_functions, found.public_classes)
    assert all(count > 0 for count in counts)
    assert len(found.import_seconds) == 3
    assert all(math.isfinite(seconds) and seconds > 0 for seconds in found.import_seconds)
    assert len(found.warnings) <= min(5, found.warning_count)


def test_an_import_fails_exactly_where_a_shim_is_needed(found: Findings) -> None:
    assert found.plain_import.works == (not found.plain_import.error)
    assert found.plain_import.works == (not any(shim.needed for shim in found.shims))


def test_what_is_timed_is_the_import_after_the_shims_that_it_needs(found: Findings) -> None:
    needed = [shim.shim for shim in found.shims if shim.needed]
    assert all(shim in found.import_code for shim in needed)
